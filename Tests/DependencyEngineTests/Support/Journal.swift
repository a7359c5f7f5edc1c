import Testing

@testable import DependencyEngine

/// What test workers did, in order; tests wait for lines instead of sleeping.
final class Journal: Sendable {
    private struct Waiter {
        var id: UInt64
        var line: String
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var lines: [String] = []
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0

        func isDue(_ line: String, _ count: Int) -> Bool { self.lines.count(where: { $0 == line }) >= count }
    }

    private let state = Locked(State())

    var lines: [String] { self.state.withLock { $0.lines } }
    /// Which ended, in order; a worker that began late may write that it runs in between.
    var ends: [String] { self.lines.filter { $0.hasPrefix("end ") } }

    func append(_ line: String) {
        let due = self.state.withLock { state -> [Waiter] in
            state.lines.append(line)
            let due = state.waiters.filter { state.isDue($0.line, $0.count) }
            state.waiters.removeAll { waiter in due.contains { $0.id == waiter.id } }
            return due
        }
        for waiter in due { waiter.continuation.resume() }
    }

    func count(_ line: String) -> Int { self.lines.count(where: { $0 == line }) }

    /// Returns once `line` was written `count` times, or the test ran out of time, which fails it.
    func wait(for line: String, count: Int = 1) async {
        let id = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state -> Bool in
                    if state.isDue(line, count) || Task.isCancelled { return true }
                    state.waiters.append(Waiter(id: id, line: line, count: count, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = self.state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume()
        }
        if self.count(line) < count { Issue.record("\"\(line)\" was written \(self.count(line)) of \(count) times") }
    }
}

/// A gate that workers or starts wait at, deaf to cancellation.
final class Gate: Sendable {
    private let state = StopState()

    func open() { self.state.advance(to: .stopping) }

    func pass() async {
        // A task of its own hears nothing of the caller's cancellation.
        let state = self.state
        await Task.detached { await state.wait(for: .stopping) }.value
    }
}

/// A number that tests may set from anywhere.
final class Box: Sendable {
    private let state = Locked(0)

    var value: Int {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }
}
