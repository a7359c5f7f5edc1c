package import NIOCore

extension PeerOptions {
    /// How long to wait after so many failures: doubling, capped, and a random half of it taken off, so that
    /// controllers started together do not dial together.
    package func pause(after failures: Int, using random: inout some RandomNumberGenerator) -> TimeAmount {
        let doublings = min(max(failures - 1, 0), 20)
        let longest = min(self.firstPause.nanoseconds << Int64(doublings), self.longestPause.nanoseconds)
        return .nanoseconds(Int64.random(in: longest / 2...longest, using: &random))
    }
}
