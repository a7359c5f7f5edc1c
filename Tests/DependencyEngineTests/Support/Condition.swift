import Dispatch

/// Blocks a thread until opened; only for a test that must block one.
final class Condition: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        self.semaphore.wait()
        self.semaphore.signal()
    }

    func open() { self.semaphore.signal() }
}
