import Synchronization

/// One who waits for answers, a connection mostly; when it leaves, what it still has queued is not sealed any more.
///
/// Thread-safe.
package final class Caller: Sendable {
    private let hasLeft = Atomic<Bool>(false)

    package init() {}

    /// True once nobody waits for the answers any more.
    package var isGone: Bool { self.hasLeft.load(ordering: .relaxed) }

    /// Says that nobody waits any more; for good.
    package func leave() { self.hasLeft.store(true, ordering: .relaxed) }
}
