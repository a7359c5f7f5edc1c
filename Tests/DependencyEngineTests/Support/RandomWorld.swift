import Testing

@testable import DependencyEngine

/// A random graph whose workers take random times, fail in every way there is, ignore requests, and are meddled with by
/// an operator; everything from one seed, in virtual time. After each step it checks what must always hold.
struct RandomWorld {
    /// What a worker or a start does next.
    enum Event {
        case startReturns, startThrows(any Error), signals, drains, ends((any Error)?), asksForBounce, waits
    }

    struct Instance {
        var received: [(provider: ManifoldID, generation: Int)]
        var isRunning = false
        var isDeaf: Bool
        var asked = 0
        var isAbandoned = false
    }

    struct Key: Hashable {
        var id: ManifoldID
        var generation: Int
    }

    let seed: UInt64
    let size: Int
    /// How long things take here, at most.
    let latency: Duration
    /// Whether workers may end the engine.
    let isDeadly: Bool
    var machine: EngineMachine
    var recorder: Recorder?
    var random: SeededGenerator
    var now = Duration.zero
    var isHealed = false
    /// Those that have neither ended nor been abandoned and then ended.
    var instances: [Key: Instance] = [:]
    var outcome: MachineOutcome?
    /// What is installed by each name, or will be again.
    var declared: [MachineDeclaration] = []
    var starts = 0
    /// The errors that must end the engine, in order.
    var deadly: [(id: ManifoldID, rank: Int)] = []
    private var begun: [ManifoldID: Int] = [:]
    private var queue: [(at: Duration, key: Key, event: Event)] = []

    init(seed: UInt64, failing: Bool = true, deadly: Bool = false, recording: Bool = false) throws {
        self.seed = seed
        self.random = SeededGenerator(seed: seed)
        self.size = Int.random(in: 2...14, using: &self.random)
        self.latency = .milliseconds([5, 200, 200, 3000].randomElement(using: &self.random) ?? 200)
        let isDeadly = self.random.nextUnit() < 0.2
        self.isDeadly = deadly && isDeadly
        self.machine = EngineMachine(configuration: EngineConfiguration(seed: seed))
        if recording { self.recorder = Recorder(capacity: 100_000) }
        self.isHealed = !failing
        for index in 0..<self.size { self.declared.append(self.randomDeclaration(index)) }
        try self.update(removing: [], installing: self.declared.shuffled(using: &self.random))
    }

    mutating func chance(_ probability: Double) -> Bool { self.random.nextUnit() < probability }

    mutating func send(_ event: MachineEvent) {
        let actions = self.machine.handle(event, now: self.now)
        _ = self.recorder?.append(RecordedEvent(event, at: self.now, actions: actions, machine: self.machine))
        self.perform(actions)
        self.check()
    }

    mutating func update(removing names: [String], installing declarations: [MachineDeclaration]) throws {
        try self.machine.update(removing: names, installing: declarations, now: self.now)
        let actions = self.machine.takeActions()
        _ = self.recorder?.append(
            RecordedEvent(
                removing: names,
                installing: declarations,
                at: self.now,
                actions: actions,
                machine: self.machine
            )
        )
        self.perform(actions)
        self.check()
    }

    /// Lets everything due until `end` happen, in order.
    mutating func run(until end: Duration) {
        while self.outcome == nil {
            let nextEvent = self.queue.indices.min { self.queue[$0].at < self.queue[$1].at }
            let eventAt = nextEvent.map { self.queue[$0].at }
            let timerAt = self.machine.nextDeadline()
            guard let at = [eventAt, timerAt].compactMap({ $0 }).min(), at <= end else { break }
            self.now = max(self.now, at)
            if let nextEvent, eventAt == at {
                let (_, key, event) = self.queue.remove(at: nextEvent)
                self.happen(key, event)
            } else {
                self.send(.timers)
            }
        }
        self.now = max(self.now, end)
    }

    private mutating func soon(_ key: Key, _ event: Event, within: Duration? = nil) {
        self.queue.append((self.now + (within ?? self.latency) * self.random.nextUnit(), key, event))
    }

    private mutating func happen(_ key: Key, _ event: Event) {
        guard let instance = self.instances[key] else { return }
        switch event {
        case .startReturns:
            guard !instance.isRunning else { return }
            self.instances[key]?.isRunning = true
            if instance.asked > 0, !instance.isDeaf { self.soon(key, .ends(nil)) }
            self.soon(key, .signals)
            if self.chance(0.2) { self.soon(key, .waits) }
            if !self.isHealed && self.chance(0.1) { self.soon(key, .asksForBounce, within: .seconds(10)) }
            if !self.isHealed && self.chance(0.3) {
                self.soon(key, .ends(self.chance(0.1) ? nil : self.randomError()), within: .seconds(20))
            }
            self.send(.startReturned(key.id, generation: key.generation))
        case .startThrows(let error):
            guard !instance.isRunning else { return }
            self.end(key, instance, error)
        case .signals: self.send(.signalledReady(key.id, generation: key.generation))
        case .asksForBounce: self.send(.asksForBounce(key.id, generation: key.generation, "changed"))
        case .waits: self.send(.waits(key.id, generation: key.generation, for: "something"))
        case .drains: self.send(.finishedDraining(key.id, generation: key.generation))
        case .ends(let error):
            guard instance.isRunning, !self.isHealed || instance.asked > 0 || instance.isAbandoned else { return }
            self.end(key, instance, error)
        }
    }

    private mutating func end(_ key: Key, _ instance: Instance, _ error: (any Error)?) {
        self.instances[key] = nil
        let failure = error.map { self.classified($0) }
        let expected = self.charge(key, instance, failure)
        self.send(.ended(key.id, generation: key.generation, failure))
        self.checkCharge(key.id, expected, failure)
    }

    /// A failure told by an operator, which counts as the worker's own.
    mutating func injectFailure(_ id: ManifoldID) {
        let key = self.key(id)
        let failure = self.classified(self.randomError())
        guard let instance = self.instances[key], !instance.isAbandoned else {
            return self.send(.fail(id, failure))
        }
        let expected = self.charge(key, instance, failure)
        self.send(.fail(id, failure))
        self.checkCharge(id, expected, failure)
    }

    private mutating func perform(_ actions: [MachineAction]) {
        for action in actions {
            switch action {
            case .start(let id): self.begin(id)
            case .stop(let id): self.stop(self.key(id))
            case .cancelStart(let id), .cancel(let id): self.cancel(self.key(id))
            case .abandon(let id): self.abandon(self.key(id))
            case .drain(let id): self.soon(self.key(id), .drains, within: .seconds(3))
            case .finished(let outcome):
                if self.outcome != nil { self.violation("ends twice") }
                self.outcome = outcome
            case .publish, .retract, .deliver, .ended, .forget, .report: break
            }
        }
    }

    /// The instance begun last as the actions tell it; the machine may already be one further.
    private func key(_ id: ManifoldID) -> Key { Key(id: id, generation: self.begun[id] ?? 0) }

    private mutating func begin(_ id: ManifoldID) {
        self.starts += 1
        let generation = self.machine.nodes[id].generation
        let received = self.checkBegin(id)
        self.begun[id] = generation
        let key = self.key(id)
        let isDeaf = !self.isHealed && self.chance(0.03)
        self.instances[key] = Instance(received: received, isDeaf: isDeaf)
        if !self.isHealed && self.chance(0.15) {
            self.soon(key, .startThrows(self.randomError()))
        } else if !isDeaf || self.chance(0.5) {
            self.soon(key, .startReturns)
        }
    }

    private mutating func stop(_ key: Key) {
        guard var instance = self.instances[key] else { return }
        instance.asked += 1
        if instance.asked != 1 { self.violation("asked twice") }
        self.instances[key] = instance
        guard instance.isRunning, !instance.isDeaf else { return }
        let error: any Error = self.isHealed ? Broken() : self.randomError()
        self.soon(key, .ends(self.chance(0.4) ? error : nil), within: .seconds(2))
    }

    private mutating func cancel(_ key: Key) {
        guard let instance = self.instances[key], !instance.isDeaf else { return }
        self.soon(key, instance.isRunning ? .ends(CancellationError()) : .startThrows(CancellationError()))
    }

    /// What was given up may still come back, late and of no interest to anybody.
    private mutating func abandon(_ key: Key) {
        self.instances[key]?.isAbandoned = true
        if self.chance(0.3) { self.soon(key, .startReturns, within: .seconds(30)) }
        if self.chance(0.5) { self.soon(key, .ends(self.randomError()), within: .seconds(60)) }
    }

    func violation(_ what: String) {
        Issue.record("\(what); repeat with ENGINE_SEED=\(self.seed)")
    }
}
