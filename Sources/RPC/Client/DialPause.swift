/// How long to wait before a server that could not be reached is dialled again.
package struct DialPause: Hashable, Sendable {
    /// After a first failure; it doubles with each further one.
    package var first: Duration
    /// The longest there is.
    package var longest: Duration

    package init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// The pause after so many failures in a row, the first having number 1.
    ///
    /// A random half of it is taken off, so that controllers started together do not dial together.
    package func after(failures: Int) -> Duration {
        let doublings = min(max(failures - 1, 0), 20)
        return min(self.first * (1 << doublings), self.longest) * Double.random(in: 0.5...1)
    }
}
