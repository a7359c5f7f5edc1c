import NIOCore
import Testing

@testable import RPC

@Suite("RPC messages")
struct RPCEnvelopeTests {
    private func parse(_ text: String) throws(RPCEnvelopeError) -> RPCEnvelope {
        try RPCEnvelope.parse(ByteBuffer(string: text), limits: JSONLimits())
    }

    @Test("a request is read whatever the order of its members and whatever else it carries")
    func request() throws {
        let envelope = try self.parse(
            #"{"params":{"a":[1]},"extra":{"x":1},"id":"e","version":2,"request":"M","type":"F","request-id":7}"#
        )
        let expected = RPCRequest(
            id: 7,
            facade: "F",
            version: 2,
            entity: "e",
            method: "M",
            params: ["a": [1]]
        )
        #expect(envelope == RPCEnvelope(content: .request(expected), spelling: .kebab))
    }

    @Test("missing and null parameters are an empty object")
    func noParams() throws {
        let expected = RPCEnvelope(
            content: .request(RPCRequest(id: 1, facade: "P", version: 1, method: "Ping")),
            spelling: .kebab
        )
        #expect(try self.parse(#"{"request-id":1,"type":"P","version":1,"request":"Ping"}"#) == expected)
        #expect(try self.parse(#"{"request-id":1,"type":"P","version":1,"request":"Ping","params":null}"#) == expected)
    }

    @Test("the old spelling is read, and answered in kind")
    func camelCase() throws {
        let envelope = try self.parse(#"{"RequestId":3,"Type":"F","Version":1,"Id":"","Request":"M","Params":{}}"#)
        #expect(envelope.spelling == .camel)
        #expect(envelope.content == .request(RPCRequest(id: 3, facade: "F", version: 1, method: "M")))
        var answer = ByteBuffer()
        answer.writeMessage(answering: 3, with: .failure(RPCFailure(code: "c", message: "m")), spelling: .camel)
        #expect(String(buffer: answer) == #"{"RequestId":3,"Error":"m","ErrorCode":"c","Response":{}}"#)
    }

    @Test("an answer carries its result, or its error with code, details and an empty result")
    func answers() throws {
        var buffer = ByteBuffer()
        buffer.writeMessage(answering: 1, with: .success(.value(["a": 1])), spelling: .kebab)
        #expect(String(buffer: buffer) == #"{"request-id":1,"response":{"a":1}}"#)
        #expect(
            try RPCEnvelope.parse(buffer, limits: .init()).content
                == .response(RPCResponse(id: 1, result: .success(["a": 1])))
        )

        let failure = RPCFailure(code: "not leader", message: "no", info: ["server-id": "2"])
        buffer.clear()
        buffer.writeMessage(answering: 18_446, with: .failure(failure), spelling: .kebab)
        #expect(
            String(buffer: buffer)
                == #"{"request-id":18446,"error":"no","error-code":"not leader","error-info":{"server-id":"2"},"response":{}}"#
        )
        #expect(
            try RPCEnvelope.parse(buffer, limits: .init()).content
                == .response(RPCResponse(id: 18_446, result: .failure(failure)))
        )
    }

    @Test("an answer without a result carries an empty object")
    func emptyAnswer() {
        var buffer = ByteBuffer()
        buffer.writeMessage(answering: 1, with: .success(.value(.null)), spelling: .kebab)
        #expect(String(buffer: buffer) == #"{"request-id":1,"response":{}}"#)
    }

    @Test(
        "a message that goes wrong behind its id can still be answered",
        arguments: [
            #"{"request-id":9,"type":"F","request":"M","params":{"a":}}"#,
            #"{"request-id":9,"type":"F","request":"M","params":[1]}"#,
            #"{"version":"one","request-id":9,"type":"F"}"#,
            #"{"request-id":9,"type":"F","type":"G"}"#,
            #"{"request-id":9,"type":"F","request":"M"} x"#,
            #"{"request-id":9,"type":"F"#,
        ]
    )
    func knownID(text: String) {
        #expect {
            try self.parse(text)
        } throws: { error in
            (error as? RPCEnvelopeError)?.id == 9
        }
    }

    @Test(
        "a message without a usable id has nobody to answer to",
        arguments: [
            "", "[]", "1", #"{}"#, #"{"type":"F","request":"M"}"#, #"{"request-id":0,"type":"F","request":"M"}"#,
            #"{"request-id":-1,"type":"F","request":"M"}"#, #"{"request-id":"1","type":"F","request":"M"}"#,
            #"{"request-id":1.0,"type":"F","request":"M"}"#, #"{"params":{"#,
        ]
    )
    func unknownID(text: String) {
        #expect {
            try self.parse(text)
        } throws: { error in
            (error as? RPCEnvelopeError).map { $0.id == nil } ?? false
        }
    }

    @Test("an answer may be written by whoever made it, when it is asked for")
    func writtenAnswer() throws {
        var buffer = ByteBuffer()
        let answer = RPCAnswer.writing { $0.writeString(#"{"a":1}"#) }
        buffer.writeMessage(answering: 1, with: .success(answer), spelling: .camel)
        #expect(String(buffer: buffer) == #"{"RequestId":1,"Response":{"a":1}}"#)
        #expect(try answer.value == ["a": 1])
    }

    @Test("parameters that come last may be read from their bytes, and are left out of the request then")
    func directParameters() throws {
        let text = #"{"request-id":1,"type":"F","version":2,"request":"M","params": {"a":[1,{}]} } "#
        var read: [String] = []
        let envelope = try RPCEnvelope.parse(ByteBuffer(string: text), limits: .init()) {
            facade,
            version,
            method,
            bytes in
            read = [facade, "\(version)", method, String(decoding: bytes, as: UTF8.self)]
            return true
        }
        #expect(read == ["F", "2", "M", #" {"a":[1,{}]} "#])
        #expect(envelope.content == .request(RPCRequest(id: 1, facade: "F", version: 2, method: "M")))
        let declined = try RPCEnvelope.parse(ByteBuffer(string: text), limits: .init()) { _, _, _, _ in false }
        let request = RPCRequest(id: 1, facade: "F", version: 2, method: "M", params: ["a": [1, [:]]])
        #expect(declined.content == .request(request))
    }

    @Test(
        "parameters are not offered before the call is known, nor twice",
        arguments: [
            #"{"params":{},"request-id":1,"type":"F","version":2,"request":"M"}"#,
            #"{"request-id":1,"type":"F","request":"M","params":{}}"#,
            #"{"request-id":0,"type":"F","version":2,"request":"M","params":{}}"#,
        ]
    )
    func notOffered(text: String) {
        var isOffered = false
        _ = try? RPCEnvelope.parse(ByteBuffer(string: text), limits: .init()) { _, _, _, _ in
            isOffered = true
            return true
        }
        #expect(!isOffered)
    }

    @Test("whoever reads parameters from their bytes sees what follows them, and declines")
    func notLast() throws {
        let text = #"{"request-id":1,"type":"F","version":2,"request":"M","params":{},"params":{}}"#
        var seen = ""
        #expect(throws: RPCEnvelopeError.self) {
            try RPCEnvelope.parse(ByteBuffer(string: text), limits: .init()) { _, _, _, bytes in
                seen = String(decoding: bytes, as: UTF8.self)
                return false
            }
        }
        #expect(seen == #"{},"params":{}"#)
    }

    @Test("a reply let go of without an answer answers with an error, once")
    func droppedReply() async {
        let results = await withCheckedContinuation { continuation in
            _ = RPCReply { continuation.resume(returning: $0) }
        }
        #expect(throws: RPCFailure.self) { try results.get() }
    }

    @Test("only the first answer counts")
    func secondAnswer() {
        let answers = Recorder<Result<JSONValue, RPCFailure>>()
        let reply = RPCReply { result in answers.append(result.map { (try? $0.value) ?? .null }) }
        reply.succeed(["n": 1])
        reply.fail(RPCFailure(code: "", message: "late"))
        #expect(answers.values == [.success(["n": 1])])
    }
}
