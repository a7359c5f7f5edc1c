import RPC
import Testing

@Suite struct DialPauseTests {
    @Test(
        "pauses double up to the longest, with up to half of them taken off",
        arguments: [(0, 50), (1, 50), (2, 100), (4, 400), (6, 1600), (7, 2000), (1000, 2000), (.max, 2000)]
    )
    func pauses(failures: Int, milliseconds: Int) {
        let pause = DialPause(first: .milliseconds(50), longest: .seconds(2))
        let amounts = (0..<100).map { _ in pause.after(failures: failures) }
        #expect(amounts.allSatisfy { $0 >= .milliseconds(milliseconds) / 2 && $0 <= .milliseconds(milliseconds) })
        #expect(Set(amounts).count > 1)
    }
}
