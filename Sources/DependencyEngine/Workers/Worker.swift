/// Something that runs until it is asked to end.
///
/// The engine calls `run` exactly once on every worker a start function returned, with the stop already requested if
/// the worker is no longer wanted, so the end of `run` is the place to release what start acquired. Ending with no
/// error and unasked means *finished*: the worker stays down, its output is withdrawn, and it runs again only when one
/// of its inputs changes. A thrown error is a failure, unless it is a `Verdict` or came after a requested stop.
///
/// A Swift trap (a failed precondition, an index out of range) cannot be caught by anyone: it ends the whole process.
public protocol Worker: Sendable {
    /// Does the work until `context.stop` asks it to end; runs outside any actor.
    func run(_ context: WorkerContext) async throws
}

/// A worker that is one closure.
public struct ClosureWorker: Worker {
    private let body: @Sendable @concurrent (WorkerContext) async throws -> Void

    /// Makes a worker of `body`.
    public init(_ body: @escaping @Sendable @concurrent (WorkerContext) async throws -> Void) {
        self.body = body
    }

    /// Runs the closure.
    public func run(_ context: WorkerContext) async throws {
        try await self.body(context)
    }
}
