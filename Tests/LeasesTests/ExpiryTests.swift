import Leases
import Testing

@Suite struct ExpiryTests {
    @Test("leases expire in order of end, then token, whatever order they were claimed in")
    func order() {
        var scene = Scene()
        for (name, milliseconds) in [("d", 3_000), ("b", 4_000), ("a", 4_000), ("c", 2_500)] as [(String, UInt64)] {
            scene.claim(name, by: "x", for: milliseconds)
        }
        let expired = scene.tick(10_000).map { $0.key.name }
        #expect(expired == ["c", "d", "b", "a"])
    }

    @Test("an extended lease expires at its new end only, however often it was extended")
    func extended() {
        var scene = Scene()
        scene.claim(by: "x", for: 2_000)
        for second in 1...50 as ClosedRange<UInt64> { scene.extend(by: "x", for: 2_000, clock: second * 1_000) }
        #expect(scene.state.nextExpiry == at(52_001))
        #expect(scene.tick(52_000).isEmpty)
        #expect(scene.tick(52_001).count == 1)
    }

    @Test("a lease revoked and claimed again expires once, at the end of the second claim")
    func claimedAgain() {
        var scene = Scene()
        scene.claim(by: "x", for: 9_000)
        scene.revoke(by: "x")
        scene.claim(by: "y", for: 3_000)
        #expect(scene.state.nextExpiry == at(3_001))
        #expect(scene.tick(3_001) == [.expired(key("db"), holder: "y", token: FencingToken(2))])
        #expect(scene.tick(20_000).isEmpty)
    }

    @Test("claims and revokes in turns do not make the state grow")
    func noGrowth() {
        var scene = Scene()
        for _ in 0..<5_000 {
            scene.claim(by: "x", for: 86_400_000)
            scene.revoke(by: "x")
        }
        scene.tick(70_100)
        #expect(scene.state.count == 0)
        #expect(scene.state.rememberedCount == 0)
        #expect(scene.state.nextExpiry == nil)
    }

    @Test("one batch expires a bounded number of leases, the first ones, and the rest follow with the next batches")
    func bounded() {
        var scene = Scene()
        let count = 2 * LeaseLimits.expiriesPerBatch + 10
        let operations = (0..<count).map {
            scene.operation(
                .claim(key("\($0)", model: "m\($0 % 7)"), holder: "x", milliseconds: 2_000 + UInt64($0 % 3))
            )
        }
        #expect(scene.state.apply(LeaseBatch(clock: .zero, operations: operations)).events.count == count)
        let expected = operations.map(\.command.key).sorted { left, right in
            let numbers = [left, right].map { Int($0.name) ?? 0 }
            return (numbers[0] % 3, numbers[0]) < (numbers[1] % 3, numbers[1])
        }
        var expired: [LeaseKey] = []
        var sizes: [Int] = []
        while scene.state.count > 0 {
            let keys = scene.tick(10_000).map(\.key)
            sizes.append(keys.count)
            expired += keys
            if let next = scene.state.nextExpiry { #expect(next <= scene.state.globalTime) }
        }
        #expect(expired == expected)
        #expect(sizes == [LeaseLimits.expiriesPerBatch, LeaseLimits.expiriesPerBatch, 10])
    }

    @Test("a lease that is overdue because its batch was full can still be extended by its holder")
    func overdueButHeld() {
        var scene = Scene()
        let operations = (0...LeaseLimits.expiriesPerBatch).map {
            scene.operation(.claim(key("l\($0)"), holder: "x", milliseconds: 2_000))
        }
        _ = scene.state.apply(LeaseBatch(clock: .zero, operations: operations))
        let left = operations.last?.command.key ?? key("")
        #expect(scene.extend(left.name, by: "x", clock: 3_000) == granted("x", UInt64(tokenOf(left)), 5_000))
        #expect(scene.state.count == 1)
        #expect(scene.tick(7_000).isEmpty)

        func tokenOf(_ key: LeaseKey) -> Int { (operations.firstIndex { $0.command.key == key } ?? -1) + 1 }
    }

    @Test("at the end of time nothing overflows and nothing expires early")
    func endOfTime() {
        var scene = Scene()
        scene.tick(.max - 3_000)
        #expect(scene.claim(by: "x") == granted("x", 1, 3_000))
        #expect(scene.tick(.max).isEmpty)
        #expect(scene.state.nextExpiry == nil)
        #expect(scene.claim(by: "y", clock: .max) == held("x", 1, 0))
    }
}
