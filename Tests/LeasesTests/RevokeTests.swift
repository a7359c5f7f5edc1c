import Leases
import Testing

@Suite struct RevokeTests {
    @Test("a revoke by the holder frees the key at once")
    func byHolder() {
        var scene = Scene()
        scene.claim(by: "x")
        let (result, events) = scene.apply(scene.operation(.revoke(key("db"), holder: "x", force: false)))
        #expect(result == .revoked)
        #expect(events == [.revoked(key("db"), holder: "x", token: FencingToken(1))])
        #expect(scene.claim(by: "y") == granted("y", 2, 5_000))
    }

    @Test("a revoke by one who does not hold the lease changes nothing, forced or not")
    func byStranger() {
        var scene = Scene()
        #expect(scene.revoke(by: "x") == .notHeld)
        #expect(scene.revoke(by: nil, force: true) == .notHeld)
        scene.claim(by: "x")
        #expect(scene.revoke(by: "y") == .notHeld)
        #expect(scene.revoke(by: "y", force: true) == .notHeld)
        #expect(scene.state.lease(key("db"))?.holder == "x")
    }

    @Test("guarantee 2: an operator's revoke frees the key only once the promised time has passed")
    func byOperator() {
        var scene = Scene()
        scene.claim(by: "x", for: 5_000)
        #expect(scene.revoke(by: nil, clock: 1_000) == .revoking(remainingMilliseconds: 4_000))
        #expect(scene.state.lease(key("db"))?.isRevoking == true)
        #expect(scene.claim(by: "y", clock: 5_000) == held("x", 1, 0))
        #expect(scene.tick(5_001) == [.revoked(key("db"), holder: "x", token: FencingToken(1))])
        #expect(scene.claim(by: "y") == granted("y", 2, 5_000))
        #expect(scene.state.lease(key("db"))?.isRevoking == false)
    }

    @Test("while an operator's revoke waits the holder can neither extend nor claim again, but may give up")
    func noExtendWhileRevoking() {
        var scene = Scene()
        scene.claim(by: "x", for: 5_000)
        scene.revoke(by: nil, clock: 1_000)
        #expect(scene.extend(by: "x", for: 60_000, clock: 2_000) == .revoking(remainingMilliseconds: 3_000))
        #expect(scene.claim(by: "x", for: 60_000, clock: 3_000) == .revoking(remainingMilliseconds: 2_000))
        #expect(scene.revoke(by: nil, clock: 3_000) == .revoking(remainingMilliseconds: 2_000))
        #expect(scene.state.lease(key("db"))?.end == at(5_000))
        #expect(scene.revoke(by: "x", clock: 3_500) == .revoked)
    }

    @Test("a forced revoke by an operator frees the key at once")
    func forced() {
        var scene = Scene()
        scene.claim(by: "x")
        #expect(scene.revoke(by: nil, force: true) == .revoked)
        #expect(scene.state.count == 0)
        scene.claim(by: "y")
        scene.revoke(by: nil)
        #expect(scene.revoke(by: nil, force: true) == .revoked)
        #expect(scene.state.count == 0)
    }

    @Test("guarantee 2: an operator's revoke of a pinned lease frees it at the end of its promised time")
    func pinned() {
        var scene = Scene()
        scene.pin(by: "p")
        scene.claim(by: "x", for: 5_000)
        #expect(scene.state.nextExpiry == nil)
        #expect(scene.revoke(by: nil, clock: 1_000) == .revoking(remainingMilliseconds: 4_000))
        #expect(scene.state.nextExpiry == at(5_001))
        #expect(scene.tick(5_000).isEmpty)
        #expect(scene.tick(5_001) == [.revoked(key("db"), holder: "x", token: FencingToken(1))])
        #expect(scene.state.pins(key("db")) == ["p"])
    }

    @Test("an operator's revoke of a pinned lease whose promised time has passed frees it at once")
    func pinnedOverdue() {
        var scene = Scene()
        scene.claim(by: "x", for: 5_000)
        scene.pin(by: "p")
        #expect(scene.revoke(by: nil, clock: 5_000) == .revoking(remainingMilliseconds: 0))
        var other = Scene()
        other.claim(by: "x", for: 5_000)
        other.pin(by: "p")
        #expect(other.revoke(by: nil, clock: 5_001) == .revoked)
    }
}
