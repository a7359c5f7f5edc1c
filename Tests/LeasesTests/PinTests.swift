import Leases
import Testing

@Suite struct PinTests {
    @Test("guarantee 4: a pinned lease does not expire, whatever the clock says")
    func doesNotExpire() {
        var scene = Scene()
        scene.claim(by: "x")
        #expect(scene.pin(by: "p") == .pinned(true))
        #expect(scene.tick(1_000_000).isEmpty)
        let lease = scene.state.lease(key("db"))
        #expect(lease?.isPinned == true)
        #expect(lease?.remainingMilliseconds == 0)
        #expect(scene.claim(by: "y", clock: 1_000_000) == held("x", 1, 0))
        #expect(scene.state.nextExpiry == nil)
    }

    @Test("guarantee 4: the holder of a pinned, overdue lease extends it and keeps its token")
    func extendOverdue() {
        var scene = Scene()
        scene.claim(by: "x")
        scene.pin(by: "p")
        #expect(scene.extend(by: "x", clock: 50_000) == granted("x", 1, 5_000))
        scene.unpin(by: "p")
        #expect(scene.state.nextExpiry == at(55_001))
    }

    @Test("guarantee 4: an overdue lease expires at the next clock after the last pin is gone")
    func unpin() {
        var scene = Scene()
        scene.claim(by: "x")
        scene.pin(by: "p")
        scene.pin(by: "q")
        scene.tick(9_000)
        #expect(scene.unpin(by: "p") == .pinned(true))
        #expect(scene.tick(9_000).isEmpty)
        #expect(scene.unpin(by: "q") == .pinned(false))
        #expect(scene.state.lease(key("db"))?.holder == "x")
        #expect(scene.state.nextExpiry == at(5_001))
        #expect(scene.tick(9_000) == [.expired(key("db"), holder: "x", token: FencingToken(1))])
    }

    @Test("guarantee 4: an operator's unpin takes every pin away")
    func operatorUnpin() {
        var scene = Scene()
        scene.claim(by: "x")
        scene.pin(by: "p")
        scene.pin(by: "q")
        #expect(scene.unpin(by: nil) == .pinned(false))
        #expect(scene.state.pins(key("db")).isEmpty)
        #expect(scene.tick(5_001).count == 1)
    }

    @Test("guarantee 4: a pin on a free key is inherited by the next claimant, and by the one after")
    func inherited() {
        var scene = Scene()
        #expect(scene.pin(by: "p") == .pinned(true))
        scene.claim(by: "x")
        #expect(scene.tick(100_000).isEmpty)
        #expect(scene.revoke(by: "x") == .revoked)
        scene.claim(by: "y", clock: 100_000)
        #expect(scene.tick(200_000).isEmpty)
        #expect(scene.state.lease(key("db"))?.isPinned == true)
    }

    @Test("pinning twice by one entity is one pin, and unpinning what is not pinned changes nothing")
    func idempotent() {
        var scene = Scene()
        scene.pin(by: "p")
        scene.pin(by: "p")
        #expect(scene.state.pins(key("db")) == ["p"])
        #expect(scene.unpin(by: "q") == .pinned(true))
        #expect(scene.unpin(by: "p") == .pinned(false))
        #expect(scene.unpin(by: "p") == .pinned(false))
        #expect(scene.unpin("other", by: nil) == .pinned(false))
    }

    @Test("one key takes a bounded number of pins and refuses more without losing any")
    func bounded() {
        var scene = Scene()
        for number in 0..<LeaseLimits.pinsPerKey {
            #expect(scene.pin(by: "p\(number)") == .pinned(true))
        }
        guard case .refused = scene.pin(by: "one more") else {
            Issue.record("a pin too many was taken")
            return
        }
        #expect(scene.pin(by: "p0") == .pinned(true))
        #expect(scene.state.pins(key("db")).count == LeaseLimits.pinsPerKey)
    }
}
