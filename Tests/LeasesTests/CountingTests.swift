import Leases
import Testing

@Suite struct CountingTests {
    private func counts(_ state: LeaseState) -> [Int] { NamespaceKind.allCases.map { state.heldByNamespace[$0] } }

    /// Order of `NamespaceKind`: application-leadership, singular-controller, lease, other.
    private func looked(_ state: LeaseState) -> [Int] {
        var counts = NamespaceCounts()
        for (key, _) in state.allLeases { counts.add(key) }
        return NamespaceKind.allCases.map { counts[$0] }
    }

    @Test("leases are counted by namespace as they come, expire and are revoked, and again after a restart")
    func namespaces() throws {
        var scene = Scene()
        for (number, namespace) in ["lease", "lease", "application-leadership", "singular-controller", "mine"]
            .enumerated()
        {
            let key = key("l\(number)", namespace: namespace)
            scene.apply(.claim(key, holder: "x", milliseconds: UInt64(number + 1) * 2_000))
            scene.apply(.claim(key, holder: "x", milliseconds: UInt64(number + 1) * 2_000))
        }
        #expect(self.counts(scene.state) == [1, 1, 2, 1])
        let restored = try LeaseState(decoding: scene.state.encodedSnapshot())
        #expect(self.counts(restored) == [1, 1, 2, 1])
        scene.apply(.revoke(key("l4", namespace: "mine"), holder: "x", force: false))
        #expect(self.counts(scene.state) == [1, 1, 2, 0])
        scene.tick(2_001)
        #expect(self.counts(scene.state) == [1, 1, 1, 0])
        scene.tick(60_000)
        #expect(self.counts(scene.state) == [0, 0, 0, 0])
    }

    @Test("the counts by namespace are what counting all leases says, whatever happens")
    func random() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = Seeded(seed)
        var scene = Scene()
        var clock: UInt64 = 0
        for step in 0..<2_000 {
            clock += random.next() % 500
            let namespace = random.pick(["lease", "application-leadership", "singular-controller", "x", "y"])
            let key = key("l\(random.next() % 40)", namespace: namespace)
            switch random.next() % 8 {
            case 0: scene.apply(.revoke(key, holder: nil, force: random.chance(50)), clock: clock)
            case 1: scene.apply(.pin(key, entity: "p"), clock: clock)
            case 2: scene.apply(.unpin(key, entity: "p"), clock: clock)
            default: scene.apply(.claim(key, holder: "x", milliseconds: 1_000 + random.next() % 5_000), clock: clock)
            }
            if step % 500 == 499 { scene.state = try LeaseState(decoding: scene.state.encodedSnapshot()) }
            if step % 50 == 0 { #expect(self.counts(scene.state) == self.looked(scene.state), "seed \(seed)") }
        }
    }

    @Test("what a lease had left as it was extended is counted, whoever asked and for however long")
    func slack() throws {
        var scene = Scene()
        scene.claim(by: "x", for: 30_000)
        scene.extend(by: "x", for: 30_000, clock: 10_000)
        scene.claim(by: "x", for: 30_000, clock: 39_985)
        scene.extend(by: "y", for: 30_000, clock: 40_000)
        scene.extend("none", by: "x", for: 30_000)
        let slack = scene.state.extensionSlack
        #expect(slack.totalSeconds == 20.015)
        #expect(slack.counts.reduce(0, +) == 2)
        #expect(slack.counts[1] == 1, "15 ms are more than 10 and not more than 25")
        #expect(slack.counts[ExtensionSlack.bounds.firstIndex(of: 20) ?? 0] == 1)
        #expect(ExtensionSlack.bounds.first == 0.01 && ExtensionSlack.bounds.last == 300)
    }

    @Test("an overdue lease that is extended had nothing left, and a retry of an extension counts once")
    func overdue() throws {
        var scene = Scene()
        scene.claim(by: "x")
        scene.pin(by: "p")
        let operation = scene.operation(.extend(key("db"), holder: "x", milliseconds: 5_000))
        for _ in 0..<3 { _ = scene.apply(operation, clock: 20_000) }
        #expect(scene.state.extensionSlack.counts[0] == 1)
        #expect(scene.state.extensionSlack.totalSeconds == 0)
    }

    @Test("the slack is this process's own: no snapshot has it, and a state restored goes on counting when told to")
    func ownCount() throws {
        var scene = Scene()
        scene.claim(by: "x", for: 30_000)
        let before = scene.state.encodedSnapshot().count
        for second in 1...5 as ClosedRange<UInt64> { scene.extend(by: "x", for: 30_000, clock: second * 1_000) }
        var restored = try LeaseState(decoding: scene.state.encodedSnapshot())
        #expect(restored.digest == scene.state.digest)
        #expect(scene.state.encodedSnapshot().count > before, "five more results")
        #expect(restored.extensionSlack == ExtensionSlack())
        restored.continueCounting(from: scene.state)
        #expect(restored.extensionSlack == scene.state.extensionSlack)
        #expect(restored.digest == scene.state.digest)
    }

    @Test("pins standing are counted one for each key and entity, also after a restart")
    func pins() throws {
        var scene = Scene()
        scene.pin(by: "p")
        scene.pin(by: "p")
        scene.pin(by: "q")
        scene.pin("free", by: "p")
        #expect(scene.state.pinCount == 3)
        #expect(try LeaseState(decoding: scene.state.encodedSnapshot()).pinCount == 3)
        scene.unpin(by: nil)
        #expect(scene.state.pinCount == 1)
    }
}
