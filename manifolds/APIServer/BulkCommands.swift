import AgentResources
import DependencyEngine
import Leases
import NIOCore
import RPC

/// The commands of one call on their way to the lease manager and back, without a task of their own.
///
/// The usual call meets a lease manager and gets its answers from it. Only when there is none just now, or one gives
/// back what it could not finish because it stops, a task asks its successor: see `CommandAttempts`.
struct BulkCommands: Sendable {
    let commands: [IdentifiedCommand]
    let timeout: Duration
    /// When it leaves, its commands are not sealed any more.
    let caller: Caller
    let services: APIServices

    /// Calls `done` once, from any thread, with one answer a command.
    func perform(_ done: @escaping @Sendable ([LeaseAnswer]) -> Void) {
        guard !self.commands.isEmpty else { return done([]) }
        let deadline = CallDeadline(after: self.timeout)
        guard let service = self.services.leases.current else { return self.performLater([], until: deadline, done) }
        let answered: @Sendable ([LeaseAnswer]) -> Void = { answers in
            if answers.contains(where: \.isGivenBack), self.services.gate.isOpen, !deadline.hasPassed {
                self.performLater(answers, until: deadline, done)
            } else {
                done(answers)
            }
        }
        service.perform(
            LeaseCall(commands: self.commands, timeout: self.timeout, caller: self.caller, reply: answered)
        )
    }

    /// - Parameter answers: of the first lease manager, if there was one.
    private func performLater(
        _ answers: [LeaseAnswer],
        until deadline: CallDeadline,
        _ done: @escaping @Sendable ([LeaseAnswer]) -> Void
    ) {
        var attempts = CommandAttempts(self.commands)
        attempts.note(answers, of: Array(answers.indices))
        // Owned by nobody: it ends at the deadline, or when the caller leaves.
        Task { [attempts] in done(await self.services.perform(attempts, for: self.caller, until: deadline)) }
    }
}

extension LeaseAnswer {
    /// True when a lease manager that stops has left it to its successor.
    fileprivate var isGivenBack: Bool {
        switch self.outcome {
        case .never(let refusal), .unknown(let refusal): refusal.reason == .stopping
        case .applied: false
        }
    }
}
