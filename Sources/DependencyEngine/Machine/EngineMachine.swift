/// The rules of the engine as a value: events and the time in, actions out. No clock, no task, no lock, no logger.
///
/// Each transition costs no more than the degree of the manifolds it touches. Files beside this one hold a rule each.
struct EngineMachine: Sendable {
    let configuration: EngineConfiguration
    var nodes: [MachineNode] = []
    var ids: [String: ManifoldID] = [:]
    /// The nodes in the order of reports, as of the last `sortNames()`.
    var idsByName: [ManifoldID] = []
    var groups: [MachineGroup] = []
    var groupIDs: [String: GroupID] = [:]
    /// Declarations that wait for an old instance of their name to end; kept here, as hardly any node ever has one.
    var successors: [ManifoldID: MachineDeclaration] = [:]
    var state = EngineState.idle
    /// The errors that end the engine, in the order they came.
    var endings: [MachineEnding] = []
    /// The time of the event under way.
    var now = Duration.zero
    var actions: [MachineAction] = []
    private var spareActions: [MachineAction] = []
    var timers = TimerQueue()
    /// The past, for `timeline` and `impact`; nothing here decides anything.
    var journal = TransitionJournal()
    var random: SeededGenerator
    /// Instances that neither ended nor were abandoned.
    var live = 0
    /// Manifolds that start, stop or wait for a settle window.
    var moving = 0
    /// Workers a shutdown waits for before it stops anything.
    var drainPending = 0
    /// When the workers' time to drain is over.
    var drainOverAt: Duration?
    /// Drains on word from outside, and stops nothing before another word.
    var isDrainHeld = false
    /// What workers that are not ready yet say they wait for; kept here, as hardly any says so.
    var waitingFor: [ManifoldID: String] = [:]
    /// Set by a cancelled shutdown: every stop is a cancellation too.
    var isHasty = false
    /// When a shutdown under way is over, whatever still runs.
    var shutdownEnd = Duration.zero
    /// Stamps the engine's own deadlines.
    var shutdownStamp: UInt32 = 0

    init(configuration: EngineConfiguration) {
        self.configuration = configuration
        self.random = SeededGenerator(seed: configuration.seed)
    }

    /// Whether nothing is starting, stopping or settling; a back-off and a worker not yet ready do not count.
    var isSettled: Bool { self.state != .idle && self.moving == 0 }

    /// Takes one event at `now` and returns what must be done about it, in order.
    mutating func handle(_ event: MachineEvent, now: Duration) -> [MachineAction] {
        self.now = max(self.now, now)
        switch event {
        case .run: self.run()
        case .startReturned(let id, let generation): self.startReturned(id, generation)
        case .signalledReady(let id, let generation): self.signalledReady(id, generation)
        case .finishedDraining(let id, let generation): self.finishedDraining(id, generation)
        case .ended(let id, let generation, let failure): self.ended(id, generation, failure)
        case .asksForBounce(let id, let generation, let why): self.asksForBounce(id, generation, why)
        case .waits(let id, let generation, let what): self.waits(id, generation, for: what)
        case .drain: self.drainOnly()
        case .timers: self.fireTimers()
        case .shutdown(let kind): self.shutdown(kind)
        case .bounce(let id): self.bounce(id)
        case .park(let id): self.park(id)
        case .resume(let id): self.resume(id)
        case .uninstall(let id): self.uninstall(id)
        case .fail(let id, let failure): self.injectFailure(id, failure)
        }
        self.finishIfDone()
        if self.moving == 0 { self.journal.noteSettled(now: self.now) }
        return self.takeActions()
    }

    mutating func takeActions() -> [MachineAction] {
        let taken = self.actions
        self.actions = self.spareActions
        self.spareActions = []
        return taken
    }

    /// Gives back the room of actions that are done, for those of the next event; that of a burst is let go.
    mutating func reuse(_ actions: consuming [MachineAction]) {
        guard actions.capacity <= 64 else { return }
        actions.removeAll(keepingCapacity: true)
        self.spareActions = actions
    }

    private mutating func run() {
        guard self.state == .idle else { return }
        self.state = .running
        self.journal.noteRun(now: self.now)
        self.reportState()
        for id in self.nodes.indices { self.considerStart(id) }
    }

    /// Keeps the count of what is in motion after `id` changed.
    mutating func updateMoving(_ id: ManifoldID) {
        let isMoving = self.nodes[id].isInMotion
        guard isMoving != self.nodes[id].isMoving else { return }
        self.nodes[id].isMoving = isMoving
        self.moving += isMoving ? 1 : -1
    }
}
