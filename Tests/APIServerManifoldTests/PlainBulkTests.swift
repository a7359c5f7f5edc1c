import AgentResources
import Leases
import RPC
import Testing

@testable import APIServerManifold

@Suite struct PlainBulkTests {
    private static let model = "m-1"
    private static let id = "0123456789abcdef0123456789ABCDEF"
    private static let now = GlobalTime(milliseconds: 1_000)

    private func plain(_ text: String, _ kind: PlainBulk.Kind = .extend) -> PlainBulk? {
        Array(text.utf8).withUnsafeBufferPointer { PlainBulk(kind, $0, model: Self.model, now: Self.now) }
    }

    /// What the general path reads; `nil` when it refuses the call or any of its items.
    private func general(_ text: String) -> (commands: [LeaseCommand], timeout: Duration, limits: [GlobalTime?])? {
        guard let value = try? JSONValue.parse(text), let bulk = try? BulkParameters(value) else { return nil }
        var commands: [LeaseCommand] = []
        var limits: [GlobalTime?] = []
        var drawn = DrawnOperationIDs()
        for value in bulk.items {
            let known: Set<String> = ["holder", "duration-ms", "operation-id", "not-after-ms"]
            guard let item = try? LeaseItem(value, knowing: known, model: Self.model),
                let holder = try? item.holder(), let duration = try? item.duration(),
                let _ = try? item.operationID(&drawn),
                case .success(let limit) = Result(catching: { try item.notAfter(now: Self.now) })
            else { return nil }
            commands.append(.extend(item.key, holder: holder, milliseconds: duration))
            limits.append(limit)
        }
        return (commands, bulk.timeout, limits)
    }

    @Test("a plain call is read as it was meant")
    func reads() throws {
        let text = #"""
            {"timeout-ms": 60, "leases": [
             {"lease":"a","holder":"h","duration-ms":2000,"operation-id":"0123456789abcdef0123456789ABCDEF","not-after-ms":5},
             {"model":"m-1","namespace":"singular-controller","duration-ms":86400000,"holder":"h","lease":"b"}]}
            """#
        let call = try #require(self.plain(text))
        #expect(call.timeout == .milliseconds(60))
        let first = LeaseKey(namespace: "lease", model: "m-1", name: "a")
        let second = LeaseKey(namespace: "singular-controller", model: "m-1", name: "b")
        #expect(
            call.commands.map(\.command) == [
                .extend(first, holder: "h", milliseconds: 2_000),
                .extend(second, holder: "h", milliseconds: 86_400_000),
            ]
        )
        #expect(call.commands[0].id == OperationID(hexadecimal: Self.id))
        #expect(call.commands.map(\.notAfter) == [GlobalTime(milliseconds: 5), nil])
        let claim = try #require(self.plain(text, .claim))
        #expect(claim.commands[0].command == .claim(first, holder: "h", milliseconds: 2_000))
    }

    @Test(
        "what is not plain is left to the general path",
        arguments: [
            #"{}"#, #"{"leases":[]}"#, #"{"leases":[ITEM],"leases":[ITEM]}"#, #"{"leases":[ITEM],"colour":1}"#,
            #"{"leases":[ITEM],"timeout-ms":0}"#, #"{"leases":[ITEM],"timeout-ms":60001}"#,
            #"{"leases":[ITEM],"timeout-ms":1e3}"#, #"{"leases":[ITEM],"timeout-ms":05}"#,
            #"{"leases":[ITEM],"timeout-ms":null}"#, #"{"leases":[ITEM]}x"#, #"{"leases":[ITEM,]}"#, #"[ITEM]"#,
            #"{"leases":[{"lease":"a","holder":"h"}]}"#, #"{"leases":[{"lease":"a","duration-ms":2000}]}"#,
            #"{"leases":[{"holder":"h","duration-ms":2000}]}"#,
            #"{"leases":[{"lease":"","holder":"h","duration-ms":2000}]}"#,
            #"{"leases":[{"lease":"a","holder":"h","duration-ms":1999}]}"#,
            #"{"leases":[{"lease":"a","holder":"h","duration-ms":2000,"model":"m-2"}]}"#,
            #"{"leases":[{"lease":"a","holder":"h","duration-ms":2000,"not-after-ms":5}]}"#,
            #"{"leases":[{"lease":"a","holder":"h","duration-ms":2000,"operation-id":"5"}]}"#,
            #"{"leases":[{"lease":"a","holder":"h","duration-ms":2000,"lease":"b"}]}"#,
            #"{"leases":[{"lease":"a\n","holder":"h","duration-ms":2000}]}"#,
            #"{"leases":[{"lease":"ä","holder":"h","duration-ms":2000}]}"#,
            "{\"leases\":[{\"lease\":\"a\u{7f}\",\"holder\":\"h\",\"duration-ms\":2000}]}",
            #"{"leases":[{"lease":"a","holder":"h","duration-ms":2000,"operation-id":"0123456789abcdef0123456789ABCDEF","not-after-ms":121001}]}"#,
        ]
    )
    func declines(text: String) {
        let item = #"{"lease":"a","holder":"h","duration-ms":2000}"#
        #expect(self.plain(text.replacing("ITEM", with: item)) == nil)
    }

    @Test("ids that are not given are drawn once a call and count on, each different from the others")
    func drawnIDs() throws {
        let item = #"{"lease":"a","holder":"h","duration-ms":2000}"#
        let text = #"{"leases":["# + Array(repeating: item, count: 3).joined(separator: ",") + "]}"
        let ids = try #require(self.plain(text)).commands.map(\.id)
        #expect(Set(ids.map(\.high)).count == 1)
        #expect(ids.map(\.low) == [0, 1, 2].map { ids[0].low &+ $0 })
        #expect(try #require(self.plain(text)).commands[0].id != ids[0])
    }

    @Test("more items than a call may have, and names longer than they may be, are left to the general path")
    func bounds() {
        let item = #"{"lease":"a","holder":"h","duration-ms":2000}"#
        func call(_ count: Int) -> String {
            #"{"leases":["# + Array(repeating: item, count: count).joined(separator: ",") + "]}"
        }
        #expect(self.plain(call(1_000))?.commands.count == 1_000)
        #expect(self.plain(call(1_001)) == nil)
        let name = String(repeating: "a", count: 512)
        #expect(self.plain(#"{"leases":["# + item.replacing(#""a""#, with: "\"\(name)\"") + "]}") != nil)
        #expect(self.plain(#"{"leases":["# + item.replacing(#""a""#, with: "\"\(name)a\"") + "]}") == nil)
    }

    @Test("whatever is read here, the general path reads alike", arguments: 0..<8)
    func agrees(seed: UInt64) {
        let sample = #"""
            {"leases":[{"lease":"a b","namespace":"lease","holder":"holder-1","duration-ms":2000,"operation-id":"0123456789abcdef0123456789ABCDEF","not-after-ms":500},{"lease":"b","model":"m-1","holder":"h","duration-ms":30000}],"timeout-ms":5000}
            """#
        var random = SeededRandom(seed)
        let spice = Array(#"{}[]",:\0123456789.eE+-tfnul ab"#.utf8) + [0x00, 0x7f, 0xc3, 0xa4, 0xff, 0x09, 0x0a]
        var accepted = 0
        for _ in 0..<4_000 {
            var bytes = Array(sample.utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = spice.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                default: bytes.insert(spice.randomElement(using: &random) ?? 0, at: place)
                }
            }
            guard let read = bytes.withUnsafeBufferPointer({ PlainBulk(.extend, $0, model: Self.model, now: Self.now) })
            else { continue }
            accepted += 1
            let text = String(decoding: bytes, as: UTF8.self)
            guard let expected = self.general(text) else {
                Issue.record("seed \(seed): only read here: \(text)")
                continue
            }
            #expect(read.commands.map(\.command) == expected.commands, "seed \(seed): \(text)")
            #expect(read.commands.map(\.notAfter) == expected.limits, "seed \(seed): \(text)")
            #expect(read.timeout == expected.timeout, "seed \(seed): \(text)")
        }
        #expect(accepted > 500, "seed \(seed)")
    }
}

/// The same numbers for the same seed.
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
