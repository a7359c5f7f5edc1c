public import CoreMetrics
public import Logging
public import ServiceLifecycle

/// Starts manifolds in resolved order, restarts what fails, bounces what depended on it, and says why something is down.
///
/// The rules are a pure value, `EngineMachine`; this actor tells it what happened and does what it answers. Nothing here
/// waits for a worker, a report or a log sink. An engine is itself a `Service`: a graceful shutdown drains and stops it,
/// a cancellation stops it in a hurry. A Swift trap in a worker cannot be caught and ends the process.
public actor Engine: Service {
    /// What the actor keeps for one name.
    struct Slot {
        let cell: OutputCell
        /// What a start needs of the manifold; nil while nothing of the name is installed.
        var starter: Starter?
        var handle: WorkerHandle?
        var output: (any Output)?
        /// Where the running instance finds what its live inputs hold.
        var live: [LiveCell] = []
    }

    /// The part of a manifold that the machine does not hold.
    ///
    /// A class, since each instance holds it too.
    final class Starter: Sendable {
        let start: @Sendable @concurrent (InputValues) async throws -> Manifold.Started
        let classify: (@Sendable (any Error) -> FailureClass)?
        let readiness: Readiness

        init(_ manifold: Manifold) {
            self.start = manifold.start
            self.classify = manifold.classify
            self.readiness = manifold.readiness
        }
    }

    /// One live input of a running instance.
    struct LiveCell {
        let input: Int
        let cell: OutputCell
    }

    let logger: Logger
    var metrics: EngineMetrics?
    nonisolated let clock: EngineClock
    let workerLog: EngineLog
    var machine: EngineMachine
    var recorder: Recorder?
    var slots: [Slot] = []
    var settledWaiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var readyWaiters: [UInt64: ReadyWaiter] = [:]
    var drainWaiters: [CheckedContinuation<Void, Never>] = []
    var nextWaiter: UInt64 = 0
    nonisolated let events = EventBroadcast()
    private nonisolated let mailbox = Mailbox()
    private var spareNews: [EngineNews] = []
    private var hasRun = false
    private var finishWaiter: CheckedContinuation<Void, Never>?
    private var isFinished = false
    private var timerTask: Task<Void, Never>?
    private var timerAt: Duration?

    /// Makes an engine with nothing installed; nothing starts before `run`.
    ///
    /// - Parameters:
    ///   - configuration: Deadlines and windows.
    ///   - logger: Gets every start, stop and failure, and is what workers' loggers are made of.
    ///   - metrics: Where starts, failures, bounces, states and durations go, a set for each manifold; nowhere unless given.
    ///   - clock: Every delay and deadline is measured with it. Not `SuspendingClock` for work that must be on time.
    public init(
        configuration: EngineConfiguration = EngineConfiguration(),
        logger: Logger = Logger(label: "engine"),
        metrics: (any MetricsFactory)? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.logger = logger
        self.metrics = metrics.map { EngineMetrics($0) }
        let clock = EngineClock(clock)
        self.clock = clock
        self.workerLog = EngineLog(logger, recordedLines: configuration.flightRecorderLines, now: clock.now)
        self.machine = EngineMachine(configuration: configuration)
        if configuration.recordsEvents > 0 { self.recorder = Recorder(capacity: configuration.recordsEvents) }
    }

    /// Runs the manifolds until a shutdown is asked for, or a manifold ends the engine; throws `EngineError` then.
    public func run() async throws {
        guard !self.hasRun else { throw EngineError.alreadyRun }
        if let problem = self.machine.configuration.problem { throw EngineError.badConfiguration(problem) }
        self.hasRun = true
        let log = self.startLog()
        self.tell(.run)
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await self.untilFinished()
            } onGracefulShutdown: {
                self.post(.shutdown(.graceful))
            }
        } onCancel: {
            self.post(.shutdown(.cancelled))
        }
        self.timerTask?.cancel()
        self.events.finish()
        await self.untilWritten(log)
        try self.throwOutcome()
    }

    /// Asks the engine to drain and stop; `run` returns when that is done. From any thread, any number of times.
    public nonisolated func shutdown() {
        self.post(.shutdown(.graceful))
    }

    /// Every change of a manifold or of the engine from now on; a reader slower than 1,024 events loses the oldest.
    public nonisolated func observe() -> AsyncStream<EngineEvent> {
        self.events.observe(capacity: 1024)
    }

    private func untilFinished() async {
        guard !self.isFinished else { return }
        await withCheckedContinuation { self.finishWaiter = $0 }
    }

    /// What the log still holds is written before the engine is gone; but a sink that is stuck does not keep it.
    private func untilWritten(_ log: Task<Void, Never>) async {
        let (clock, deadline) = (self.clock, self.clock.now() + Self.patienceWithLog)
        let end = StopState()
        let limit = Task.detached(name: "engine log") {
            try? await clock.sleep(deadline)
            end.advance(to: .stopping)
        }
        Task.detached {
            await log.value
            end.advance(to: .stopping)
        }
        // A task of its own: the one that runs the engine may be cancelled, and the last lines tell why.
        await Task.detached { await end.wait(for: .stopping) }.value
        limit.cancel()
    }

    private static let patienceWithLog = Duration.seconds(5)

    private func throwOutcome() throws {
        let endings = self.endings
        guard let worst = endings.first else { return }
        for other in endings.dropFirst() {
            self.logger.error("another reason for which the engine ended", metadata: ["error": "\(other)"])
        }
        throw worst
    }

    private func startLog() -> Task<Void, Never> {
        let logger = self.logger
        let entries = self.events.openLog(capacity: 4096, lowest: logger.logLevel)
        return Task.detached(name: "engine log") {
            for await entry in entries { entry.write(to: logger) }
        }
    }

    /// Brings news to the engine, from any thread; what one task posts stays in order.
    nonisolated func post(_ news: EngineNews) {
        if self.mailbox.append(news) { self.arrangeTurn() }
    }

    private nonisolated func arrangeTurn() {
        // Detached, so that no worker's task-local values reach the tasks that this turn starts.
        Task.detached(name: "engine") { await self.takeTurn() }
    }

    /// Takes what has come; what comes meanwhile waits for another turn, so that questions are answered in between.
    private func takeTurn() {
        var taken: [EngineNews] = []
        swap(&taken, &self.spareNews)
        self.mailbox.take(&taken)
        for news in taken { self.receive(news) }
        self.armTimer()
        // Room for the usual is kept, that of a burst is not.
        if taken.capacity <= 256 {
            taken.removeAll(keepingCapacity: true)
            swap(&taken, &self.spareNews)
        }
        if self.mailbox.endTurn() { self.arrangeTurn() }
    }

    private func receive(_ news: EngineNews) {
        switch news {
        case .startReturned(let id, let generation, let output):
            if self.isCurrent(id, generation) { self.slots[id].output = output }
            self.decide(.startReturned(id, generation: generation))
        case .signalledReady(let id, let generation, let output):
            // Only the first signal counts, and so does its output.
            if self.isCurrent(id, generation), self.machine.nodes[id].instance?.phase == .started {
                self.slots[id].output = output
            }
            self.decide(.signalledReady(id, generation: generation))
        case .finishedDraining(let id, let generation): self.decide(.finishedDraining(id, generation: generation))
        case .asksForBounce(let id, let generation, let why):
            self.decide(.asksForBounce(id, generation: generation, why))
        case .waits(let id, let generation, let what): self.decide(.waits(id, generation: generation, for: what))
        case .ended(let id, let generation): self.decide(.ended(id, generation: generation, nil))
        case .failed(let id, let generation, let failure):
            self.decide(.ended(id, generation: generation, failure))
        case .timer(let at):
            if self.timerAt == at { self.timerAt = nil }
            self.decide(.timers)
        case .shutdown(let kind): self.decide(.shutdown(kind))
        }
    }

    /// Whether this is the instance that has a handle; asked of the machine, whose node is looked at anyway.
    private func isCurrent(_ id: ManifoldID, _ generation: Int) -> Bool {
        self.machine.nodes[id].generation == generation && self.slots[id].handle != nil
    }

    /// Lets the machine decide, does what it says, and sees to the next deadline.
    func tell(_ event: MachineEvent) {
        self.decide(event)
        self.armTimer()
    }

    private func decide(_ event: MachineEvent) {
        let now = self.clock.now()
        let actions = self.machine.handle(event, now: now)
        if self.recorder != nil { self.record(event, at: now, actions) }
        self.perform(actions)
        self.machine.reuse(actions)
        self.wakeWaiters()
    }

    /// One task sleeps until the earliest deadline. A later one than it sleeps for is found when it wakes.
    func armTimer() {
        guard let next = self.machine.nextDeadline(), !self.isFinished else { return }
        if let timerAt = self.timerAt, timerAt <= next { return }
        self.timerTask?.cancel()
        self.timerAt = next
        let clock = self.clock
        self.timerTask = Task.detached(name: "engine timer") { [weak self] in
            do { try await clock.sleep(next) } catch { return }
            self?.post(.timer(next))
        }
    }

    func finish() {
        self.isFinished = true
        // Whoever follows a resource follows it no further.
        for slot in self.slots { slot.cell.finish() }
        self.finishWaiter?.resume()
        self.finishWaiter = nil
    }
}
