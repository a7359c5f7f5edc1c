import Testing

@testable import Leases

/// What becomes of operations whose outcome somebody does not know.
@Suite struct ResolveTests {
    private func claim(_ low: UInt64, notAfter: UInt64 = 8_000, by holder: String = "x") -> LeaseOperation {
        LeaseOperation(
            id: OperationID(high: 1, low: low),
            notAfter: at(notAfter),
            command: .claim(key("db"), holder: holder, milliseconds: 5_000)
        )
    }

    private func resolve(_ operation: LeaseOperation, _ scene: inout Scene, clock: UInt64) -> OperationResult {
        scene.apply(.resolve(operation.command.key, operation.id, notAfter: operation.notAfter), clock: clock)
    }

    @Test("guarantee 3: an operation that was applied is resolved to its result, with the time that is left")
    func applied() {
        var scene = Scene()
        let claim = self.claim(1)
        _ = scene.apply(claim)
        #expect(self.resolve(claim, &scene, clock: 1_000) == .resolved(.applied(granted("x", 1, 4_000))))
        scene.revoke(by: "x")
        #expect(self.resolve(claim, &scene, clock: 1_000) == .resolved(.applied(granted("", 1, 0))))
    }

    @Test("guarantee 3: an operation that was resolved before it arrived is never applied, however late it arrives")
    func poisoned() {
        var scene = Scene()
        var claim = self.claim(1)
        #expect(self.resolve(claim, &scene, clock: 1_000) == .resolved(.never))
        for clock: UInt64 in [1_000, 8_000, 8_001, 18_000] {
            #expect(scene.apply(claim, clock: clock).0 == .expired)
            #expect(self.resolve(claim, &scene, clock: clock) == .resolved(.never))
        }
        claim.notAfter = at(60_000)
        #expect(scene.apply(claim, clock: 18_000).0 == .expired, "a later notAfter does not bring it back")
        #expect(scene.apply(claim, clock: 60_000).0 == .expired)
        #expect(scene.state.count == 0)
    }

    @Test("guarantee 3: an operation applied in another's stead is known by its own id, also after a restart")
    func covered() throws {
        var scene = Scene()
        scene.claim(by: "x", for: 2_000)
        let others = (10..<13).map { OperationID(high: 1, low: $0) }
        let extend = LeaseOperation(
            id: OperationID(high: 1, low: 9),
            notAfter: at(8_000),
            command: .extend(key("db"), holder: "x", milliseconds: 6_000),
            covers: others
        )
        #expect(scene.apply(extend, clock: 1_000).0 == granted("x", 1, 6_000))
        scene.state = try LeaseState(decoding: scene.state.encodedSnapshot())
        for id in others {
            let retry = LeaseOperation(
                id: id,
                notAfter: at(8_000),
                command: .extend(key("db"), holder: "x", milliseconds: 9_000)
            )
            #expect(scene.apply(retry, clock: 2_000).0 == granted("x", 1, 5_000), "its own duration was not applied")
            #expect(self.resolve(retry, &scene, clock: 2_000) == .resolved(.applied(granted("x", 1, 5_000))))
        }
        #expect(scene.state.lease(key("db"))?.end == at(7_000))
    }

    @Test("guarantee 3: an extension that was applied before still does what it must for those it stands for")
    func coveredLater() {
        var scene = Scene()
        scene.claim(by: "x", for: 2_000)
        var extend = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        #expect(scene.apply(extend).0 == granted("x", 1, 6_000))
        extend.covers = [extend.id, OperationID(high: 1, low: 2)]
        #expect(scene.apply(extend, clock: 3_000).0 == granted("x", 1, 6_000))
        #expect(scene.state.lease(key("db"))?.end == at(9_000))
        #expect(scene.apply(extend, clock: 4_000).0 == granted("x", 1, 5_000), "now all were applied")
        #expect(scene.state.lease(key("db"))?.end == at(9_000))
    }

    @Test("guarantee 3: one who was told never stays so although another's extension names him")
    func coveredAfterResolve() {
        var scene = Scene()
        scene.claim(by: "x")
        let told = LeaseOperation(
            id: OperationID(high: 1, low: 5),
            notAfter: at(8_000),
            command: .extend(key("db"), holder: "x", milliseconds: 5_000)
        )
        #expect(self.resolve(told, &scene, clock: 0) == .resolved(.never))
        var extend = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        extend.covers = [told.id]
        _ = scene.apply(extend)
        #expect(self.resolve(told, &scene, clock: 0) == .resolved(.never))
    }

    @Test("guarantee 3: absent after its notAfter is certainly never, and beyond the window nobody knows")
    func window() {
        var scene = Scene()
        let claim = self.claim(1, notAfter: 1_000)
        #expect(self.resolve(claim, &scene, clock: 1_001) == .resolved(.never))
        var later = claim
        later.notAfter = at(9_000)
        #expect(scene.apply(later, clock: 1_002).0 == .expired, "said for certain, also to a later try")
        let other = self.claim(2, notAfter: 1_000)
        #expect(scene.apply(other, clock: 11_000).0 == .expired)
        #expect(self.resolve(other, &scene, clock: 11_001) == .resolved(.forgotten))
        #expect(scene.apply(other, clock: 11_001).0 == .resolved(.forgotten))
        #expect(scene.state.count == 0)
    }

    @Test("guarantee 3: an extension whose cover was told never tells nobody that it was applied")
    func poisonedCover() {
        var scene = Scene()
        scene.claim(by: "x")
        let told = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        #expect(self.resolve(told, &scene, clock: 0) == .resolved(.never))
        var lead = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        lead.covers = [told.id]
        #expect(scene.apply(lead).0 == .resolved(.forgotten))
        lead.covers = []
        #expect(scene.apply(lead).0 == granted("x", 1, 6_000), "the truth by its own id")
        #expect(scene.apply(told).0 == .expired)
    }

    @Test("guarantee 3: an extension that was told never is not applied for those it stands for")
    func poisonedLead() {
        var scene = Scene()
        scene.claim(by: "x")
        var lead = scene.operation(.extend(key("db"), holder: "x", milliseconds: 9_000))
        #expect(self.resolve(lead, &scene, clock: 0) == .resolved(.never))
        let cover = scene.operation(lead.command)
        lead.covers = [cover.id]
        #expect(scene.apply(lead).0 == .resolved(.forgotten))
        #expect(scene.state.lease(key("db"))?.end == at(5_000))
        #expect(scene.apply(cover).0 == granted("x", 1, 9_000))
    }

    @Test("guarantee 3: an extension that was applied is not told never because its lead came too late")
    func appliedCover() {
        var scene = Scene()
        scene.claim(by: "x")
        let cover = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        #expect(scene.apply(cover).0 == granted("x", 1, 6_000))
        var lead = scene.operation(cover.command)
        lead.notAfter = at(1_000)
        lead.covers = [cover.id]
        #expect(scene.apply(lead, clock: 1_001).0 == .resolved(.forgotten))
        #expect(scene.apply(cover).0 == granted("x", 1, 4_999))
    }

    @Test("guarantee 3: one answer is not given to a group of which another was decided differently")
    func differentCover() {
        var scene = Scene()
        let cover = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        #expect(scene.apply(cover).0 == .notHeld)
        scene.claim(by: "x")
        var lead = scene.operation(cover.command)
        lead.covers = [cover.id]
        #expect(scene.apply(lead).0 == .resolved(.forgotten))
        #expect(scene.apply(cover).0 == .notHeld)
    }

    @Test("one operation with a distant notAfter does not lock others out, and is told that nobody knows")
    func distantNotAfter() {
        var scene = Scene()
        scene.state.results.limit = 4
        for number in 0..<3 as Range<UInt64> { _ = scene.apply(self.claim(number)) }
        #expect(scene.apply(self.claim(10, notAfter: 120_000)).0 == .resolved(.forgotten))
        scene.state.results.limit = 100
        #expect(scene.apply(self.claim(11, notAfter: 20_000)).0 != granted("x", 1, 5_000))
        #expect(scene.apply(self.claim(12, notAfter: 20_001)).0 == granted("x", 1, 5_000))
    }

    @Test("an extension that stands for more than there is room to remember is refused")
    func roomForCovers() {
        var scene = Scene()
        scene.state.results.limit = 16
        scene.claim(by: "x")
        var lead = scene.operation(.extend(key("db"), holder: "x", milliseconds: 6_000))
        lead.notAfter = at(8_000)
        for number in 0..<7 as Range<UInt64> { _ = scene.apply(self.claim(number)) }
        lead.covers = (20..<27).map { OperationID(high: 1, low: $0) }
        #expect(scene.apply(lead).0 == .refused("too many results are remembered already; try again later"))
        #expect(scene.state.lease(key("db"))?.end == at(5_000))
    }

    @Test("questions that find no room hold nothing against operations")
    func resolveWithoutRoom() {
        var scene = Scene()
        scene.state.results.limit = 4
        for number in 0..<3 as Range<UInt64> { _ = scene.apply(self.claim(number)) }
        let unknown = self.claim(10)
        guard case .refused = self.resolve(unknown, &scene, clock: 0) else {
            Issue.record("a question took the room kept for the urgent")
            return
        }
        #expect(scene.revoke(by: "x") == .revoked)
        scene.state.results.limit = 100
        #expect(scene.apply(unknown).0 == granted("x", 2, 5_000))
    }

    @Test("guarantee 3: for as long as never is said for certain, what was applied is remembered", arguments: 0..<64)
    func windowIsLongEnough(offset: UInt64) {
        var scene = Scene()
        let claim = self.claim(1, notAfter: 1_000 + offset)
        _ = scene.apply(claim, clock: 500)
        guard case .resolved(.applied) = self.resolve(claim, &scene, clock: 11_000 + offset) else {
            Issue.record("forgotten too early")
            return
        }
        scene.tick(11_001 + offset + 64)
        #expect(self.resolve(claim, &scene, clock: 0) == .resolved(.forgotten))
    }

    @Test("guarantee 3: what was refused for want of room is not applied when a copy of it arrives later")
    func refused() throws {
        var scene = Scene()
        for number in 0..<LeaseLimits.pinsPerKey { scene.pin(by: "p\(number)") }
        let pin = scene.operation(.pin(key("db"), entity: "one more"))
        guard case .refused = scene.apply(pin).0 else {
            Issue.record("a pin too many was taken")
            return
        }
        scene.unpin(by: nil)
        guard case .refused = scene.apply(pin).0 else {
            Issue.record("a refused pin was taken later")
            return
        }
        #expect(self.resolve(pin, &scene, clock: 0) == .resolved(.never))
        #expect(scene.state.pins(key("db")).isEmpty)
    }

    @Test(
        "guarantee 3: when results fill the memory, claims are refused first, for good, then extensions, and at last all"
    )
    func full() throws {
        var scene = Scene()
        scene.state.results.limit = 160
        for number in 0..<120 as Range<UInt64> {
            #expect(scene.apply(self.claim(number)).0 == granted("x", 1, 5_000))
        }
        let late = self.claim(1_000, notAfter: 9_000)
        let refusal = OperationResult.refused("too many results are remembered already; try again later")
        #expect(scene.apply(late).0 == refusal)
        for _ in 0..<30 { #expect(scene.extend(by: "x") == granted("x", 1, 5_000)) }
        #expect(scene.extend(by: "x") == .resolved(.forgotten))
        let own = LeaseKey(namespace: "singular-controller", model: "m", name: "c")
        #expect(scene.apply(.claim(own, holder: "c", milliseconds: 5_000)) == granted("c", 2, 5_000))
        for _ in 0..<9 { #expect(scene.revoke("none", by: "x") == .notHeld) }
        #expect(scene.revoke("none", by: "x") == .resolved(.forgotten))
        #expect(self.resolve(self.claim(2_000), &scene, clock: 0) == refusal)
        #expect(self.resolve(self.claim(3), &scene, clock: 0) == .resolved(.applied(granted("x", 1, 5_000))))

        // Room again, but not for a copy of what was refused.
        scene.state.results.limit = 1_000
        scene.state = try LeaseState(decoding: scene.state.encodedSnapshot())
        #expect(scene.apply(late, clock: 6_000).0 == refusal)
        #expect(scene.apply(self.claim(1_001, notAfter: 9_001), clock: 6_000).0 == granted("x", 3, 5_000))
    }

    @Test("a resolve asks within the horizon, and one that comes too late says nothing and changes nothing")
    func lateResolve() {
        var scene = Scene()
        let far = self.claim(1, notAfter: LeaseLimits.notAfterHorizonMilliseconds + 1)
        guard case .invalid = self.resolve(far, &scene, clock: 0) else {
            Issue.record("taken")
            return
        }
        let claim = self.claim(2)
        let resolve = LeaseOperation(
            id: OperationID(high: 2, low: 0),
            notAfter: at(1_000),
            command: .resolve(key("db"), claim.id, notAfter: claim.notAfter)
        )
        #expect(scene.apply(resolve, clock: 1_001).0 == .expired)
        #expect(scene.apply(claim, clock: 1_001).0 == granted("x", 1, 5_000))
    }
}
