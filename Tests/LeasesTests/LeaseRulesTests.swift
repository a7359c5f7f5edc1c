import Leases
import Testing

@Suite struct LeaseRulesTests {
    @Test("guarantee 1: a claim on a free key is granted with token 1, the next grant with a larger one")
    func claim() {
        var scene = Scene()
        #expect(scene.claim("a", by: "x") == granted("x", 1, 5_000))
        #expect(scene.claim("b", by: "y", for: 2_000) == granted("y", 2, 2_000))
        #expect(scene.state.count == 2)
        #expect(scene.state.lease(key("a"))?.holder == "x")
        #expect(scene.state.lease(key("c")) == nil)
    }

    @Test("guarantee 1: a claim on a held key is refused and names the holder, its token and its remaining time")
    func heldByAnother() {
        var scene = Scene()
        scene.claim(by: "x", clock: 100)
        #expect(scene.claim(by: "y", clock: 1_100) == held("x", 1, 4_000))
        #expect(scene.extend(by: "y", clock: 1_100) == held("x", 1, 4_000))
    }

    @Test("guarantee 1: an extend and a repeated claim by the holder keep its token")
    func keepsToken() {
        var scene = Scene()
        scene.claim(by: "x")
        #expect(scene.extend(by: "x", for: 9_000, clock: 1_000) == granted("x", 1, 9_000))
        #expect(scene.claim(by: "x", for: 20_000, clock: 2_000) == granted("x", 1, 20_000))
        scene.revoke(by: "x")
        #expect(scene.claim(by: "x") == granted("x", 2, 5_000))
    }

    @Test("guarantee 1: two holders that Unicode calls equal are two holders, and so are two keys")
    func bytesDecide() {
        var scene = Scene()
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
        scene.claim(by: composed)
        #expect(scene.claim(by: decomposed) == held(composed, 1, 5_000))
        #expect(scene.claim(composed, by: "x") == granted("x", 2, 5_000))
        #expect(scene.claim(decomposed, by: "y") == granted("y", 3, 5_000))
        #expect(key(composed) != key(decomposed))
    }

    @Test("guarantee 2: an extend or a repeated claim never shortens a lease")
    func neverShortens() {
        var scene = Scene()
        scene.claim(by: "x", for: 10_000)
        #expect(scene.extend(by: "x", for: 2_000, clock: 1_000) == granted("x", 1, 9_000))
        #expect(scene.claim(by: "x", for: 2_000, clock: 2_000) == granted("x", 1, 8_000))
        #expect(scene.state.lease(key("db"))?.end == at(10_000))
    }

    @Test("guarantee 2: a lease is still held at the very end of its time and free one millisecond later")
    func lastsAtLeast() {
        var scene = Scene()
        scene.claim(by: "x", for: 5_000, clock: 1_000)
        #expect(scene.state.nextExpiry == at(6_001))
        #expect(scene.tick(6_000).isEmpty)
        #expect(scene.claim(by: "y", clock: 6_000) == held("x", 1, 0))
        #expect(scene.tick(6_001) == [.expired(key("db"), holder: "x", token: FencingToken(1))])
        #expect(scene.state.lease(key("db")) == nil)
        #expect(scene.state.nextExpiry == nil)
    }

    @Test("guarantee 2: a clock that goes back changes nothing")
    func clockGoesBack() {
        var scene = Scene()
        scene.claim(by: "x", clock: 9_000)
        scene.tick(3_000)
        #expect(scene.state.globalTime == at(9_000))
        #expect(scene.claim(by: "y", clock: 4_000) == held("x", 1, 5_000))
    }

    @Test("guarantee 2: leases under 2 s and over 24 h are refused and nothing changes")
    func durations() {
        var scene = Scene()
        for milliseconds: UInt64 in [0, 1_999, 86_400_001, .max] {
            for result in [scene.claim(by: "x", for: milliseconds), scene.extend(by: "x", for: milliseconds)] {
                guard case .invalid(let reason) = result else {
                    Issue.record("\(milliseconds) ms gave \(result)")
                    continue
                }
                #expect(reason.contains("\(milliseconds) ms"))
            }
        }
        #expect(scene.state.count == 0)
        #expect(scene.claim("a", by: "x", for: 2_000) == granted("x", 1, 2_000))
        #expect(scene.claim("b", by: "x", for: 86_400_000) == granted("x", 2, 86_400_000))
    }

    @Test("what is due expires before the operations of the same batch, so a waiting claim gets the lease")
    func expiryFirst() {
        var scene = Scene()
        scene.claim(by: "x")
        let (result, events) = scene.apply(
            scene.operation(.claim(key("db"), holder: "y", milliseconds: 5_000)),
            clock: 5_001
        )
        #expect(result == granted("y", 2, 5_000))
        #expect(
            events == [
                .expired(key("db"), holder: "x", token: FencingToken(1)),
                .claimed(key("db"), holder: "y", token: FencingToken(2)),
            ]
        )
    }

    @Test("an extend of a free or expired lease is not held")
    func extendOfFree() {
        var scene = Scene()
        #expect(scene.extend(by: "x") == .notHeld)
        scene.claim(by: "x")
        #expect(scene.extend(by: "x", clock: 5_001) == .notHeld)
    }

    @Test("an extend and a repeated claim are no change of holder and make no event")
    func noEvents() {
        var scene = Scene()
        scene.claim(by: "x")
        #expect(scene.apply(scene.operation(.claim(key("db"), holder: "x", milliseconds: 9_000))).1.isEmpty)
        #expect(scene.apply(scene.operation(.extend(key("db"), holder: "x", milliseconds: 9_000))).1.isEmpty)
    }

    @Test("the state starts free at time zero")
    func start() {
        let state = LeaseState()
        #expect(state.globalTime == .zero)
        #expect(state.count == 0)
        #expect(state.nextExpiry == nil)
        #expect(state.allLeases.isEmpty)
    }
}
