import Leases
import Testing

@Suite struct StretchTests {
    private func extended(_ key: LeaseKey, by percent: Int, for milliseconds: UInt64 = 10_000) -> OperationResult {
        var scene = Scene()
        scene.apply(.claim(key, holder: "x", milliseconds: 2_000))
        let extend = scene.operation(.extend(key, holder: "x", milliseconds: milliseconds))
        return scene.state.apply(LeaseBatch(clock: .zero, stretchPercent: percent, operations: [extend])).results[0]
    }

    @Test("extensions are stretched by the batch's percentage, and never beyond the longest lease")
    func stretched() {
        #expect(self.extended(key("db"), by: 100) == granted("x", 1, 10_000))
        #expect(self.extended(key("db"), by: 250) == granted("x", 1, 25_000))
        #expect(self.extended(key("db"), by: 1_000, for: LeaseLimits.longest) == granted("x", 1, LeaseLimits.longest))
        #expect(self.extended(key("db"), by: 1_000, for: 80_000_000) == granted("x", 1, LeaseLimits.longest))
    }

    @Test("the controllers' own leases are not stretched, nor are claims")
    func notStretched() {
        let own = key("c", namespace: LeaseNamespace.singularController)
        #expect(own.isSingular && !key("c", namespace: "singular-controllers").isSingular)
        #expect(self.extended(own, by: 300) == granted("x", 1, 10_000))
        var scene = Scene()
        for _ in 0..<2 {
            let claim = scene.operation(.claim(key("db"), holder: "x", milliseconds: 5_000))
            let batch = LeaseBatch(clock: .zero, stretchPercent: 300, operations: [claim])
            #expect(scene.state.apply(batch).results == [granted("x", 1, 5_000)])
        }
    }

    @Test("sacrifice levels spread evenly over all leases and are the same everywhere")
    func levels() {
        var counts = Array(repeating: 0, count: 128)
        for number in 0..<64_000 { counts[Int(key("lease-\(number)", model: "m\(number % 7)").sacrificeLevel)] += 1 }
        #expect(counts.allSatisfy { (400...600).contains($0) }, "\(counts)")
        #expect(key("db").sacrificeLevel == 109)
    }
}
