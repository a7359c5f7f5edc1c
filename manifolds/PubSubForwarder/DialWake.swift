import AgentResources
import NIOConcurrencyHelpers

/// Ends a dialler's pause early: a peer that has just dialled us can be dialled. Thread-safe.
final class DialWake: Sendable {
    private struct State: Sendable {
        /// Ends the pause under way.
        var pause: AsyncStream<Void>.Continuation?
        /// A wake came while nobody paused; the next pause is left out.
        var isDue = false
    }

    private let state = NIOLockedValueBox(State())

    /// Ends the pause under way, or leaves out the next.
    func wake() {
        let pause = self.state.withLockedValue { state in
            state.isDue = state.pause == nil
            return state.pause
        }
        pause?.finish()
    }

    /// Forgets a wake that came before: what it was for has happened.
    func clear() { self.state.withLockedValue { $0.isDue = false } }

    /// Returns at `instant`, when woken, or when the task is cancelled; true when woken. One caller at a time.
    func pause(until instant: Uptime, clock: any UptimeClock) async -> Bool {
        let (wakes, pause) = AsyncStream.makeStream(of: Void.self)
        let isDue = self.state.withLockedValue { state in
            defer { state.isDue = false }
            if !state.isDue { state.pause = pause }
            return state.isDue
        }
        if isDue { return true }
        defer { self.state.withLockedValue { $0.pause = nil } }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in wakes {}
                return !Task.isCancelled
            }
            group.addTask {
                try? await clock.sleep(until: instant)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
