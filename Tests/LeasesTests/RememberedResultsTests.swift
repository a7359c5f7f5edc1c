import Testing

@testable import Leases

@Suite struct RememberedResultsTests {
    @Test("guarantee 3: a claim sent again gets the first try's token and is not applied twice")
    func claimAgain() {
        var scene = Scene()
        let claim = scene.operation(.claim(key("db"), holder: "x", milliseconds: 5_000))
        #expect(scene.apply(claim).0 == granted("x", 1, 5_000))
        let (again, events) = scene.apply(claim, clock: 2_000)
        #expect(again == granted("x", 1, 3_000))
        #expect(events.isEmpty)
        #expect(scene.state.lease(key("db"))?.end == at(5_000))
    }

    @Test("guarantee 3: a claim that arrives again after a revoke does not bring the lease back")
    func noResurrection() {
        var scene = Scene()
        let claim = scene.operation(.claim(key("db"), holder: "x", milliseconds: 5_000))
        _ = scene.apply(claim)
        scene.revoke(by: "x")
        #expect(scene.apply(claim).0 == granted("x", 1, 0))
        #expect(scene.state.count == 0)
        scene.claim(by: "x", for: 9_000)
        #expect(scene.apply(claim).0 == granted("x", 1, 0), "the time left belongs to another grant")
    }

    @Test("guarantee 3: two copies in one batch are applied once")
    func sameBatch() {
        var scene = Scene()
        let claim = scene.operation(.claim(key("db"), holder: "x", milliseconds: 5_000))
        let applied = scene.state.apply(LeaseBatch(clock: .zero, operations: [claim, claim, claim]))
        #expect(applied.results == Array(repeating: granted("x", 1, 5_000), count: 3))
        #expect(applied.events.count == 1)
    }

    @Test("guarantee 3: a claim answered held is not granted when it arrives again after the key was freed")
    func heldStaysHeld() {
        var scene = Scene()
        scene.claim(by: "x")
        let claim = scene.operation(.claim(key("db"), holder: "y", milliseconds: 5_000))
        #expect(scene.apply(claim).0 == held("x", 1, 5_000))
        scene.revoke(by: "x")
        #expect(scene.apply(claim).0 == held("", 1, 0), "whose it was is forgotten")
        #expect(scene.state.count == 0)
    }

    @Test("guarantee 3: revokes, pins and unpins sent again answer as before and touch no newer state")
    func otherCommands() {
        var scene = Scene()
        scene.claim(by: "x")
        let revoke = scene.operation(.revoke(key("db"), holder: "x", force: false))
        #expect(scene.apply(revoke).0 == .revoked)
        scene.claim(by: "x")
        #expect(scene.apply(revoke).0 == .revoked)
        #expect(scene.state.count == 1)
        let pin = scene.operation(.pin(key("db"), entity: "p"))
        #expect(scene.apply(pin).0 == .pinned(true))
        scene.unpin(by: "p")
        #expect(scene.apply(pin).0 == .pinned(true))
        #expect(scene.state.pins(key("db")).isEmpty)
    }

    @Test("guarantee 3: an operator's revoke sent again tells whether it has taken effect meanwhile")
    func operatorRevokeAgain() {
        var scene = Scene()
        scene.claim(by: "x")
        let revoke = scene.operation(.revoke(key("db"), holder: nil, force: false))
        #expect(scene.apply(revoke).0 == .revoking(remainingMilliseconds: 5_000))
        #expect(scene.apply(revoke, clock: 4_000).0 == .revoking(remainingMilliseconds: 1_000))
        #expect(scene.apply(revoke, clock: 5_001).0 == .revoked)
        scene.claim(by: "y", clock: 5_001)
        #expect(scene.apply(revoke, clock: 5_001).0 == .revoked)
        #expect(scene.state.lease(key("db"))?.isRevoking == false)
    }

    @Test("guarantee 3: an operation whose notAfter has passed is never applied, and neither is a copy of it")
    func expired() {
        var scene = Scene()
        let claim = LeaseOperation(
            id: OperationID(high: 1, low: 1),
            notAfter: at(1_000),
            command: .claim(key("db"), holder: "x", milliseconds: 5_000)
        )
        scene.tick(1_001)
        #expect(scene.apply(claim).0 == .expired)
        #expect(scene.apply(claim).0 == .expired)
        #expect(scene.state.count == 0)
        #expect(scene.state.rememberedCount == 0)
    }

    @Test("guarantee 3: at its notAfter exactly an operation still applies, and is remembered until then")
    func atNotAfter() {
        var scene = Scene()
        let claim = LeaseOperation(
            id: OperationID(high: 1, low: 1),
            notAfter: at(1_000),
            command: .claim(key("db"), holder: "x", milliseconds: 2_000)
        )
        #expect(scene.apply(claim, clock: 1_000).0 == granted("x", 1, 2_000))
        #expect(scene.apply(claim, clock: 1_000).0 == granted("x", 1, 2_000))
        scene.revoke(by: "x")
        for clock: UInt64 in [1_001, 1_200, 6_000, 11_000] {
            #expect(scene.apply(claim, clock: clock).0 == granted("x", 1, 0))
        }
        #expect(scene.state.count == 0)
        #expect(scene.apply(claim, clock: 11_100).0 == .resolved(.forgotten))
    }

    @Test("a retry with a later notAfter is remembered until then")
    func prolonged() {
        var scene = Scene()
        var claim = LeaseOperation(
            id: OperationID(high: 1, low: 1),
            notAfter: at(1_000),
            command: .claim(key("db"), holder: "x", milliseconds: 2_000)
        )
        _ = scene.apply(claim)
        claim.notAfter = at(90_000)
        _ = scene.apply(claim, clock: 900)
        scene.revoke(by: "x")
        #expect(scene.apply(claim, clock: 90_000).0 == granted("x", 1, 0))
        #expect(scene.state.count == 0)
        scene.tick(100_100)
        #expect(scene.state.rememberedCount == 0)
    }

    @Test("results are forgotten once they cannot be asked for again, also after a long jump of the clock")
    func forgotten() {
        var scene = Scene()
        for number in 0..<500 { scene.claim("l\(number)", by: "x", clock: UInt64(number) * 50) }
        #expect(scene.state.rememberedCount == 500)
        scene.tick(70_000 + 250 * 50)
        #expect((200...300).contains(scene.state.rememberedCount))
        scene.tick(1 << 60)
        #expect(scene.state.rememberedCount == 0)
        #expect(scene.claim("new", by: "x", clock: 1 << 60) == granted("x", 501, 5_000))
        #expect(scene.state.rememberedCount == 1)
    }

    @Test("an operation remembered too long ahead is refused and not applied")
    func horizon() {
        var scene = Scene()
        var claim = scene.operation(.claim(key("db"), holder: "x", milliseconds: 5_000))
        for notAfter: UInt64 in [LeaseLimits.notAfterHorizonMilliseconds + 1, .max] {
            claim.notAfter = at(notAfter)
            guard case .invalid(let reason) = scene.apply(claim).0 else {
                Issue.record("notAfter \(notAfter) was taken")
                continue
            }
            #expect(reason.contains("notAfter"))
        }
        #expect(scene.state.count == 0)
        claim.notAfter = at(LeaseLimits.notAfterHorizonMilliseconds)
        #expect(scene.apply(claim).0 == granted("x", 1, 5_000))
    }

    @Test("one id for two commands is refused and the second is not applied")
    func reusedID() {
        var scene = Scene()
        var operation = scene.operation(.claim(key("db"), holder: "x", milliseconds: 5_000))
        _ = scene.apply(operation)
        operation.command = .revoke(key("db"), holder: "x", force: false)
        guard case .invalid = scene.apply(operation).0 else {
            Issue.record("the id was taken twice")
            return
        }
        #expect(scene.state.count == 1)
    }

    @Test("an invalid operation is not remembered and may be corrected under the same id")
    func invalidIsForgotten() {
        var scene = Scene()
        var operation = scene.operation(.claim(key("db"), holder: "x", milliseconds: 1))
        _ = scene.apply(operation)
        #expect(scene.state.remembered(operation.id, key: key("db")) == nil)
        operation.command = .claim(key("db"), holder: "x", milliseconds: 5_000)
        #expect(scene.apply(operation).0 == granted("x", 1, 5_000))
        #expect(scene.state.remembered(operation.id, key: key("db")) == granted("x", 1, 5_000))
    }

}
