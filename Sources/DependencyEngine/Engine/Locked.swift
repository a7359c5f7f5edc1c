#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A value behind a mutex, held for a few instructions at a time and never across an `await`.
///
/// A pthread mutex and not `Synchronization.Mutex`, which ThreadSanitizer does not know and reports races in. Value and
/// mutex share one block of memory; copies share it too.
package struct Locked<State>: @unchecked Sendable {
    // Unchecked: the buffer's header, `State`, is only touched between lock and unlock of its one element.
    private final class Buffer: ManagedBuffer<State, pthread_mutex_t> {
        deinit {
            _ = self.withUnsafeMutablePointerToElements { pthread_mutex_destroy($0) }
        }
    }

    private let buffer: ManagedBuffer<State, pthread_mutex_t>
    /// The buffer's element, kept: asking the buffer for it counts as touching the header, which needs the lock.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ state: State) {
        self.buffer = Buffer.create(minimumCapacity: 1) { _ in state }
        self.mutex = self.buffer.withUnsafeMutablePointerToElements { $0 }
        self.mutex.initialize(to: pthread_mutex_t())
        precondition(pthread_mutex_init(self.mutex, nil) == 0, "a mutex could not be made")
    }

    package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return try self.buffer.withUnsafeMutablePointerToHeader { try body(&$0.pointee) }
    }
}
