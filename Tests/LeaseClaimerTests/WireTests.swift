import NIOCore
import RPC
import Testing

@testable import leaseclaimer

@Suite struct WireTests {
    func writer(prefix: String = "p", namespace: String = "") -> RequestWriter {
        RequestWriter(names: LeaseNames(prefix: prefix, runID: "r"), namespace: namespace, seed: 3)
    }

    /// Takes one masked frame off.
    func unframe(_ buffer: inout ByteBuffer) throws -> [UInt8] {
        let opcode = buffer.readInteger(as: UInt8.self)
        #expect(opcode == 0x81)
        let short = buffer.readInteger(as: UInt8.self) ?? 0
        #expect(short & 0x80 != 0)
        var length = Int(short & 0x7F)
        if length == 126 { length = Int(buffer.readInteger(as: UInt16.self) ?? 0) }
        if length == 127 { length = Int(buffer.readInteger(as: UInt64.self) ?? 0) }
        let mask = buffer.readBytes(length: 4) ?? []
        let bytes = buffer.readBytes(length: length) ?? []
        try #require(mask.count == 4 && bytes.count == length)
        return bytes.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    @Test("requests are frames of valid JSON, one after another in one buffer", arguments: [1, 3, 100, 1_000])
    func requests(count: Int) throws {
        var writer = self.writer(prefix: "a\"b\\c\u{1}", namespace: "n")
        var buffer = ByteBuffer()
        for id in [UInt64(1), 99] {
            writer.write(.extend, id: id, timeout: .seconds(2), count: count, to: &buffer) { place in
                .init(lease: .init(kind: UInt8(ascii: "-"), number: place * 7), contender: 2, milliseconds: 5_000)
            }
        }
        for id in [1, 99] {
            let json = try JSONValue.parse(try self.unframe(&buffer))
            #expect(json["request-id"]?.int == Int64(id))
            #expect(json["type"]?.string == "Lease")
            #expect(json["request"]?.string == "Extend")
            #expect(json["params"]?["timeout-ms"]?.int == 2_000)
            let items = try #require(json["params"]?["leases"]?.array)
            #expect(items.count == count)
            let last = try #require(items.last)
            #expect(last["lease"]?.string == "a\"b\\c-\((count - 1) * 7)")
            #expect(last["holder"]?.string == "a\"b\\c-\((count - 1) * 7)/2@r")
            #expect(last["namespace"]?.string == "n")
            #expect(last["duration-ms"]?.int == 5_000)
            #expect(last["operation-id"] == nil)
        }
        #expect(buffer.readableBytes == 0)
    }

    @Test("each operation names what it needs and nothing a controller would refuse")
    func operations() throws {
        var writer = self.writer()
        let expected: [(leaseclaimer.Operation, Set<String>)] = [
            (.claim, ["lease", "holder", "duration-ms"]),
            (.critical, ["lease", "namespace", "holder", "duration-ms"]),
            (.revoke, ["lease", "holder"]), (.wait, ["lease"]),
        ]
        for (operation, keys) in expected {
            var buffer = ByteBuffer()
            writer.write(operation, id: 1, timeout: .seconds(1), count: 1, to: &buffer) { _ in
                .init(lease: .init(kind: UInt8(ascii: "c"), number: 12), contender: 0, milliseconds: 1)
            }
            let json = try JSONValue.parse(try self.unframe(&buffer))
            let item = try #require(json["params"]?["leases"]?.array?.first)
            #expect(Set(try #require(item.object).keys) == keys)
            #expect(item["lease"]?.string == "p-c12")
        }
    }

    func read(_ text: String) throws -> (AnswerHead, [AnswerItem], ReasonTable) {
        var reasons = ReasonTable()
        var items: [AnswerItem] = []
        let head = try Array(text.utf8).withUnsafeBufferPointer { bytes throws(AnswerReader.Malformed) in
            try AnswerReader.read(bytes, reasons: &reasons, items: &items)
        }
        return (head, items, reasons)
    }

    @Test("an answer's items are read whatever else they say")
    func answer() throws {
        let (head, items, reasons) = try self.read(
            """
            {"request-id": 7, "response":{"results":[
            {"lease":"a\\"b","outcome":"applied","holder":"h","token":9007199254740991,"expires-in-ms":5000,
             "next-renewal-in-ms":2500,"more":{"a":[1,-2.5e3,true,null,{}]}},
            {"outcome":"held","token":3},{"outcome":"refused","reason":"overloaded","retry-after-ms":250},
            {"error":{"message":"no such thing","code":"not valid","info":{"x":1}}},{}],"global-time-ms":12}}
            """
        )
        #expect(head.id == 7)
        #expect(head.failure == nil)
        #expect(items.map(\.outcome) == [.applied, .held, .refused, .error, .applied])
        #expect(items[0].token == 9_007_199_254_740_991)
        #expect(items[0].nextRenewalMilliseconds == 2_500)
        #expect(reasons[items[2].reason] == "overloaded")
        #expect(items[2].retryAfterMilliseconds == 250)
        #expect(reasons[items[3].reason] == "not valid")
    }

    @Test("a call that failed as a whole says why, and when to come back")
    func failure() throws {
        let (head, items, reasons) = try self.read(
            #"{"request-id":7,"error":"try again: x","error-code":"try again","error-info":{"retry-after-ms":40},"response":{}}"#
        )
        #expect(items.isEmpty)
        #expect(reasons[try #require(head.failure)] == "try again")
        #expect(head.retryAfterMilliseconds == 40)
    }

    @Test(
        "what is no answer is refused, however it is none",
        arguments: [
            "", "{", "{}", "[]", "null", #"{"request-id":0}"#, #"{"request-id":"x"}"#, #"{"request-id":1"#,
            #"{"request-id":1,"response":{"results":[{]}}"#, #"{"request-id":1,"response":{"results":{}}}"#,
            #"{"request-id":1,"error":"unended"#, #"{"request-id":1,"x":"\"#, #"{"request-id":1,"x":tru"#,
        ]
    )
    func malformed(text: String) {
        #expect(throws: AnswerReader.Malformed.self) { try self.read(text) }
    }

    @Test("an answer nested without end is refused and not followed")
    func nested() {
        let text = #"{"request-id":1,"x":"# + String(repeating: "[", count: 100_000)
        #expect(throws: AnswerReader.Malformed.self) { try self.read(text) }
    }

    @Test("reasons without end do not fill the memory")
    func reasons() {
        var table = ReasonTable()
        for number in 0..<1_000 { _ = table.number(of: "reason \(number) \(String(repeating: "x", count: 500))") }
        #expect(table.words.count == 100)
        #expect(table.words.allSatisfy { $0.utf8.count <= 60 })
        #expect(table[table.number(of: "one more")] == "other")
    }

    @Test("frames come out whole however the bytes arrive", arguments: [1, 2, 3, 7, 1_000])
    func frames(chunk: Int) throws {
        var bytes: [UInt8] = [0x81, 2] + Array("hi".utf8)
        bytes += [0x89, 1, 0x2A]
        bytes += [0x81, 126, 1, 0] + [UInt8](repeating: 0x61, count: 256)
        bytes += [0x01, 1, 0x62, 0x80, 1, 0x63, 0x88, 0]
        var reader = FrameReader()
        var seen: [String] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            reader.append(ByteBuffer(bytes: bytes[start..<min(start + chunk, bytes.count)]))
            while let frame = try reader.next() {
                switch frame {
                case .text(let text): seen.append("\(text.readableBytes):\(String(buffer: text).prefix(2))")
                case .ping(let payload): seen.append("ping \(payload.readableBytes)")
                case .pong: seen.append("pong")
                case .close: seen.append("close")
                }
            }
        }
        #expect(seen == ["2:hi", "ping 1", "256:aa", "2:bc", "close"])
    }

    @Test(
        "frames a server must not send end the connection",
        arguments: [[0xC1, 0], [0x81, 0x80], [0x82, 0], [0x80, 0], [0x81, 127, 0, 0, 0, 0, 0xFF, 0, 0, 0]] as [[UInt8]]
    )
    func violations(bytes: [UInt8]) {
        var reader = FrameReader()
        reader.append(ByteBuffer(bytes: bytes))
        #expect(throws: FrameReader.Violation.self) { try reader.next() }
    }

    @Test("an answer finds its call, late ones find none, and a connection's calls are listed")
    func calls() throws {
        let now = Instant(nanoseconds: 0)
        var table = CallTable()
        var head: Int32 = -1
        func call(_ owner: Int32) -> Call { Call(operation: .claim, lane: 0, owner: owner, intended: now, sent: now) }
        let places = try (0..<3).map { try #require(table.insert(call($0), head: &head)) }
        let ids = places.map { table.id($0) }
        #expect(ids.map { table.place(id: $0) } == places)
        #expect(table.remove(places[1], head: &head).owner == 1)
        #expect(table.place(id: ids[1]) == nil)
        let again = try #require(table.insert(call(7), head: &head))
        #expect(again == places[1])
        #expect(table.place(id: ids[1]) == nil)
        #expect(table.place(id: .max) == nil)
        var owners: [Int32] = []
        while head >= 0 { owners.append(table.remove(head, head: &head).owner) }
        #expect(owners == [7, 2, 0])
        #expect(table.count == 0)
    }
}
