import NIOCore
import Testing

@testable import RPC

@Suite("JSON")
struct JSONTests {
    @Test(
        "a well-formed text is read and written back in its shortest form",
        arguments: [
            ("null", "null"), (" true ", "true"), ("false", "false"), ("0", "0"), ("-0", "0"), ("-12", "-12"),
            ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
            ("1.5", "1.5"), ("1e3", "1000.0"), ("-2.5E-3", "-0.0025"), ("[]", "[]"), ("{}", "{}"),
            ("[ 1 , [ ] , { } ]", "[1,[],{}]"), (#"{ "a" : 1 , "b" : [ null ] }"#, #"{"a":1,"b":[null]}"#),
            (#""\u0041\/\b\f\n\r\t\"\\""#, #""A/\b\f\n\r\t\"\\""#), (#""\ud83d\ude00é""#, #""😀é""#),
            (#""\u0000\u001f""#, #""\u0000\u001f""#), ("\"\u{7f}\"", "\"\u{7f}\""), (#""""#, #""""#),
        ]
    )
    func roundTrip(text: String, shortest: String) throws {
        let value = try JSONValue.parse(text)
        #expect(value.description == shortest)
        #expect(try JSONValue.parse(value.serialized) == value)
    }

    @Test("a whole number beyond 64 bits becomes a double")
    func largeNumber() throws {
        #expect(try JSONValue.parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
    }

    @Test(
        "a malformed text is refused at the byte where it goes wrong",
        arguments: [
            ("", JSONError(.unexpectedEnd, at: 0)),
            ("  ", JSONError(.unexpectedEnd, at: 2)),
            ("nul", JSONError(.unexpectedEnd, at: 3)),
            ("nulx", JSONError(.unexpectedByte(UInt8(ascii: "x"), expected: "'null'"), at: 3)),
            ("1 2", JSONError(.trailingBytes, at: 2)),
            ("01", JSONError(.trailingBytes, at: 1)),
            ("-", JSONError(.unexpectedEnd, at: 0)),
            ("-a", JSONError(.invalidNumber, at: 0)),
            ("1.", JSONError(.unexpectedEnd, at: 0)),
            ("1.e2", JSONError(.invalidNumber, at: 0)),
            ("1e+", JSONError(.unexpectedEnd, at: 0)),
            ("1e999", JSONError(.numberOutOfRange, at: 0)),
            ("+1", JSONError(.unexpectedByte(UInt8(ascii: "+"), expected: "a value"), at: 0)),
            ("[1,]", JSONError(.unexpectedByte(UInt8(ascii: "]"), expected: "a value"), at: 3)),
            ("[1 2]", JSONError(.unexpectedByte(UInt8(ascii: "2"), expected: "',' or ']'"), at: 3)),
            ("{a:1}", JSONError(.unexpectedByte(UInt8(ascii: "a"), expected: "a key"), at: 1)),
            (#"{"a" 1}"#, JSONError(.unexpectedByte(UInt8(ascii: "1"), expected: "':'"), at: 5)),
            (#"{"a":1,"a":2}"#, JSONError(.duplicateKey("a"), at: 7)),
            (#""a"#, JSONError(.unexpectedEnd, at: 2)),
            (#""\x""#, JSONError(.invalidEscape, at: 2)),
            (#""\u12g4""#, JSONError(.invalidEscape, at: 5)),
            (#""\ud83d""#, JSONError(.loneSurrogate, at: 2)),
            (#""\ud83d\n""#, JSONError(.loneSurrogate, at: 2)),
            (#""\ud83dA""#, JSONError(.loneSurrogate, at: 2)),
            (#""\ude00""#, JSONError(.loneSurrogate, at: 2)),
            ("\"a\nb\"", JSONError(.controlCharacter, at: 2)),
            ("'a'", JSONError(.unexpectedByte(UInt8(ascii: "'"), expected: "a value"), at: 0)),
            ("NaN", JSONError(.unexpectedByte(UInt8(ascii: "N"), expected: "a value"), at: 0)),
        ]
    )
    func malformed(text: String, expected: JSONError) {
        #expect(throws: expected) { try JSONValue.parse(text) }
    }

    @Test(
        "bytes that are not UTF-8 are refused, overlong forms and surrogates included",
        arguments: [[0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]]
    )
    func invalidUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError(.invalidUTF8, at: 0)) { try JSONValue.parse([quote] + bytes + [quote]) }
        let escape: [UInt8] = Array(#"\n"#.utf8)
        #expect(throws: JSONError(.invalidUTF8, at: 0)) { try JSONValue.parse([quote] + escape + bytes + [quote]) }
    }

    @Test("nesting is allowed up to the limit and not one deeper")
    func depth() throws {
        let limits = JSONLimits(maximumDepth: 3)
        _ = try JSONValue.parse("[[[1]]]", limits: limits)
        _ = try JSONValue.parse(#"[[1],[{"a":2}]]"#, limits: limits)
        #expect(throws: JSONError(.tooDeep(limit: 3), at: 3)) { try JSONValue.parse("[[[[1]]]]", limits: limits) }
        let bomb = Array(repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError(.tooDeep(limit: 64), at: 64)) { try JSONValue.parse(bomb) }
    }

    @Test("a text longer than the limit is refused unread")
    func length() throws {
        let limits = JSONLimits(maximumBytes: 4)
        #expect(try JSONValue.parse("true", limits: limits) == true)
        #expect(throws: JSONError(.tooLong(limit: 4), at: 4)) { try JSONValue.parse("false", limits: limits) }
    }

    @Test("a repeated key is found in large objects too, in time proportional to their size")
    func manyKeys() throws {
        let members = (0..<20_000).map { "\"key\($0)\":\($0)" }
        let value = try JSONValue.parse("{" + members.joined(separator: ",") + "}")
        #expect(value.object?.count == 20_000)
        #expect(throws: JSONError.self) {
            try JSONValue.parse("{" + (members + ["\"key7\":0"]).joined(separator: ",") + "}")
        }
    }

    @Test("random and mutated bytes are refused or read, but never break the reader", arguments: 0..<8)
    func fuzz(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let seeds = [
            #"{"request-id":1,"type":"Lease","version":1,"request":"Claim","params":{"leases":[{"lease":"a\u00e9"}]}}"#,
            #"[1,-2.5e10,"\ud83d\ude00",true,false,null,{"a":{"b":[[]]}}]"#,
        ].map { Array($0.utf8) }
        for _ in 0..<4_000 {
            var bytes: [UInt8]
            if Bool.random(using: &random) {
                bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            } else {
                bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
                for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, using: &random) }
            }
            let limits = JSONLimits(maximumBytes: 512, maximumDepth: 16)
            if let value = try? JSONValue.parse(bytes, limits: limits) {
                #expect(try JSONValue.parse(value.serialized) == value, "seed \(seed), text \(bytes)")
            }
            _ = try? RPCEnvelope.parse(ByteBuffer(bytes: bytes), limits: limits)
        }
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SplitMix64) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(bytes[index], at: index)
        default: bytes.removeSubrange(index...)
        }
    }

    @Test("numbers survive being written and read", arguments: 0..<4)
    func numbers(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            let integer = Int64(bitPattern: random.next())
            #expect(try JSONValue.parse(JSONValue.int(integer).serialized) == .int(integer), "seed \(seed)")
            let double = Double(bitPattern: random.next())
            guard double.isFinite else { continue }
            let read = try JSONValue.parse(JSONValue.double(double).serialized)
            #expect(read.double == double, "seed \(seed)")
        }
    }

    @Test("a double that is no number is written as null")
    func notANumber() {
        #expect(JSONValue.double(.infinity).description == "null")
        #expect(JSONValue.double(.nan).description == "null")
    }

    @Test("an object keeps the order of its members and replaces in place")
    func object() {
        var object: JSONObject = ["b": 1, "a": 2]
        object["b"] = "new"
        object["c"] = nil
        object.append("d", [1, nil])
        #expect(JSONValue.object(object).description == #"{"b":"new","a":2,"d":[1,null]}"#)
        object["a"] = nil
        #expect(object.keys == ["b", "d"])
    }
}
