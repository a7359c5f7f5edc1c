import Simulator
import Testing

@Suite struct ClusterTests {
    @Test(
        "a cluster keeps every promise under random faults and comes together afterwards",
        arguments: [1, 3, 5],
        1...4 as ClosedRange<UInt64>
    )
    func promises(controllers: Int, seed: UInt64) {
        let report = Simulation.run(SimulationOptions(seed: seed, controllers: controllers, virtualSeconds: 24))
        #expect(
            report.violation == nil,
            "repeat: swift run simulate --seed \(seed) --controllers \(controllers) --virtual-seconds 24"
        )
        #expect(report.totals.elections > 0)
        #expect(report.totals.applied > 20)
    }

    @Test("a cluster without faults elects once and answers everything")
    func calm() {
        let report = Simulation.run(SimulationOptions(seed: 7, controllers: 3, virtualSeconds: 20, isCalm: true))
        #expect(report.violation == nil)
        #expect(report.totals.elections == 1)
        #expect(report.totals.unknown == 0)
        #expect(report.totals.crashes == 0)
    }

    @Test("the same seed gives the same run, step by step")
    func repeatable() {
        let options = SimulationOptions(seed: 11, controllers: 3, virtualSeconds: 16)
        let first = Simulation.run(options)
        let second = Simulation.run(options)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.totals == second.totals)
        let other = Simulation.run(SimulationOptions(seed: 12, controllers: 3, virtualSeconds: 16))
        #expect(first.fingerprint != other.fingerprint)
    }

    @Test("the faults really happen")
    func coverage() {
        var totals = SimulationTotals()
        for seed in 100..<112 as Range<UInt64> {
            totals += Simulation.run(SimulationOptions(seed: seed, controllers: 3, virtualSeconds: 30)).totals
        }
        for (name, value) in totals.figures { #expect(value > 0, "no \(name) in twelve runs") }
    }
}
