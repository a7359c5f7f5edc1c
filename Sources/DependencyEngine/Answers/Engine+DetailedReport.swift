import Logging

extension Engine {
    /// The report together with what each running `ReportingWorker` says of itself, each asked at once and given `time`.
    ///
    /// The engine goes on meanwhile. A worker that does not answer in time is left out, its entry says so, and it is not
    /// asked again before it has answered.
    public nonisolated func detailedReport(within time: Duration) async -> EngineReport {
        var (report, handles) = await self.reportAndHandles()
        let answers = await WorkerQuestions(handles, clock: self.clock, limit: time).answers()
        guard !answers.isEmpty else { return report }
        for index in report.manifolds.indices {
            switch answers[report.manifolds[index].name] {
            case .details(let details): report.manifolds[index].details = details
            case .missing(let why): report.manifolds[index].detailsMissing = why
            case nil: break
            }
        }
        return report
    }

    private func reportAndHandles() -> (EngineReport, [WorkerHandle]) {
        (self.report(), self.slots.compactMap(\.handle))
    }
}

/// One round of questions to workers, over when all have answered or the time is.
private final class WorkerQuestions: Sendable {
    enum Answer: Sendable {
        case details([String: String])
        case missing(String)
    }

    private struct State {
        var answers: [String: Answer] = [:]
        var open = 0
        var continuation: CheckedContinuation<Void, Never>?
        var isOver = false
    }

    private let handles: [WorkerHandle]
    private let clock: EngineClock
    private let limit: Duration
    private let state = Locked(State())

    init(_ handles: [WorkerHandle], clock: EngineClock, limit: Duration) {
        self.handles = handles
        self.clock = clock
        self.limit = limit
    }

    /// Not a task group, which would wait for a worker that never answers.
    func answers() async -> [String: Answer] {
        let deadline = self.clock.now() + self.limit
        var asked: [(handle: WorkerHandle, report: @Sendable @concurrent () async -> [String: String])] = []
        for handle in self.handles {
            switch handle.beginQuestion() {
            case .cannotAnswer: continue
            case .isBusy: self.put(handle, .missing("has not answered an earlier question yet"))
            case .ask(let report):
                self.put(handle, .missing("did not answer within \(self.limit)"))
                asked.append((handle, report))
            }
        }
        // Counted before the first can answer.
        self.state.withLock { [asked] in $0.open = asked.count }
        var tasks = asked.map { handle, report in
            Task.detached(name: handle.log.manifold) {
                let details = await withLogger(handle.log.makeLogger()) { _ in await report() }
                handle.endQuestion()
                self.answered(handle, details)
            }
        }
        guard !tasks.isEmpty else { return self.state.withLock { $0.answers } }
        let clock = self.clock
        tasks.append(
            Task.detached(name: "engine report") {
                do { try await clock.sleep(deadline) } catch { return }
                self.finish()
            }
        )
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if !state.isOver { state.continuation = continuation }
                    return state.isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.finish()
        }
        for task in tasks { task.cancel() }
        return self.state.withLock { $0.answers }
    }

    private func put(_ handle: WorkerHandle, _ answer: Answer) {
        self.state.withLock { $0.answers[handle.log.manifold] = answer }
    }

    private func answered(_ handle: WorkerHandle, _ details: [String: String]) {
        let details = Self.cut(details)
        let isLast = self.state.withLock { state -> Bool in
            guard !state.isOver else { return false }
            state.answers[handle.log.manifold] = .details(details)
            state.open -= 1
            return state.open == 0
        }
        if isLast { self.finish() }
    }

    private func finish() {
        let continuation = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isOver = true
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume()
    }

    /// A report is for reading: what is more than that is left out, the first names in order staying.
    private static func cut(_ details: [String: String]) -> [String: String] {
        var kept: [String: String] = [:]
        for (name, value) in details.sorted(by: { $0.key < $1.key }).prefix(32) {
            kept[name.cut(to: 64)] = value.cut(to: 256)
        }
        return kept
    }
}

extension WorkerHandle {
    enum Question {
        case cannotAnswer, isBusy
        case ask(@Sendable @concurrent () async -> [String: String])
    }

    /// Keeps how the worker is asked for its own report, unless it is over already.
    func keepReport(_ report: @escaping @Sendable @concurrent () async -> [String: String]) {
        self.stop.state.withLock { state in
            var extras = state.extras ?? WorkerExtras()
            extras.report = report
            state.extras = extras
        }
    }

    func beginQuestion() -> Question {
        self.stop.state.withLock { state in
            guard let extras = state.extras, let report = extras.report else { return .cannotAnswer }
            guard !extras.isBeingAsked else { return .isBusy }
            state.extras?.isBeingAsked = true
            return .ask(report)
        }
    }

    func endQuestion() {
        self.stop.state.withLock { $0.extras?.isBeingAsked = false }
    }
}
