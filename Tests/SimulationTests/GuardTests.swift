import Consensus
import Glibc
import Simulator
import Testing

/// What happens without one guard of the consensus core, as far as random faults show it.
///
/// In a process of its own each: without a guard the C library may take the process with it, which counts as seen. The
/// runs with all guards on, in `ClusterTests`, are the other half of each of these.
@Suite struct GuardTests {
    @Test("G1: without the commit clamp the commit index goes back")
    func commitClamp() async {
        await #expect(processExitsWith: .failure) { exit(GuardTests.isSeen(without: .commitClamp) ? 1 : 0) }
    }

    @Test("G2: without the stale-reject guard a leader goes back behind what a follower acknowledged")
    func staleReject() async {
        await #expect(processExitsWith: .failure) { exit(GuardTests.isSeen(without: .staleReject) ? 1 : 0) }
    }

    @Test("G11: without a term of its own at every start a sole voter writes two entries in one place")
    func soleVoterTerm() async {
        await #expect(processExitsWith: .failure) {
            exit(GuardTests.isSeen(without: .soleVoterTerm, controllers: 1) ? 1 : 0)
        }
    }

    /// Whether any of a hundred seeds shows the harm.
    static func isSeen(without guards: Guards, controllers: Int? = nil) -> Bool {
        for seed in 1...100 as ClosedRange<UInt64> {
            let options = SimulationOptions(
                seed: seed,
                controllers: controllers,
                virtualSeconds: 30,
                guards: Guards.all.subtracting(guards)
            )
            if Simulation.run(options).violation != nil { return true }
        }
        return false
    }
}
