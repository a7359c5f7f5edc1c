import Testing

@testable import DependencyEngine

/// A random graph whose workers take random times, fail, ignore requests, and are meddled with by an operator; everything
/// from one seed, in virtual time. After each step it checks what must always hold.
struct RandomWorld {
    /// What a worker or a start does next.
    enum Event {
        case startReturns, startThrows(any Error), signals, drains, ends((any Error)?)
    }

    struct Instance {
        var received: [(provider: ManifoldID, generation: Int)]
        var isRunning = false
        var isDeaf: Bool
        var asked = 0
        var isCancelled = false
        var isAbandoned = false
        var isOver = false
    }

    struct Key: Hashable {
        var id: ManifoldID
        var generation: Int
    }

    let seed: UInt64
    var machine: EngineMachine
    var random: SeededGenerator
    var now = Duration.zero
    var isHealed = false
    var instances: [Key: Instance] = [:]
    var outcome: MachineOutcome?
    var installed: [MachineDeclaration] = []
    var starts = 0
    private var begun: [ManifoldID: Int] = [:]
    private var queue: [(at: Duration, key: Key, event: Event)] = []

    init(seed: UInt64, size: Int, failing: Bool = true) throws {
        self.seed = seed
        self.random = SeededGenerator(seed: seed)
        self.machine = EngineMachine(configuration: EngineConfiguration(seed: seed))
        self.isHealed = !failing
        let names = (0..<size).map { "m\($0)" }
        for index in names.indices {
            var needs: [String] = []
            var optional: [String] = []
            var deferred: [String] = []
            for _ in 0..<Int.random(in: 0...3, using: &self.random) {
                let kind = Int.random(in: 0..<10, using: &self.random)
                if kind < 2 {
                    deferred.append(names[Int.random(in: 0..<size, using: &self.random)])
                } else if let earlier = names[..<index].randomElement(using: &self.random) {
                    if kind < 4 { optional.append(earlier) } else { needs.append(earlier) }
                }
            }
            self.installed.append(
                declare(
                    names[index],
                    needs: needs,
                    optional: optional,
                    deferred: deferred,
                    readiness: self.chance(0.2) ? .signalled : .started,
                    policy: RestartPolicy(budget: self.chance(0.5) ? 3 : 10),
                    draining: self.chance(0.1) ? .seconds(2) : nil
                )
            )
        }
        try self.machine.install(self.installed.shuffled(using: &self.random), now: .zero)
        self.perform(self.machine.takeActions())
    }

    mutating func chance(_ probability: Double) -> Bool { self.random.nextUnit() < probability }

    mutating func send(_ event: MachineEvent) {
        self.perform(self.machine.handle(event, now: self.now))
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

    /// Something an operator may do at any time.
    mutating func meddle() throws {
        let id = Int.random(in: self.machine.nodes.indices, using: &self.random)
        switch Int.random(in: 0..<8, using: &self.random) {
        case 0, 1: self.send(.bounce(id))
        case 2: self.send(.park(id))
        case 3, 4: self.send(.resume(id))
        case 5: self.send(.fail(id, MachineFailure(Broken())))
        case 6: self.send(.uninstall(id))
        default: try self.reinstall()
        }
    }

    /// Installs again whatever is gone.
    mutating func reinstall() throws {
        let gone = self.installed.filter { declaration in
            self.machine.ids[declaration.name].map { self.machine.nodes[$0].declaration == nil } ?? true
        }
        try self.machine.install(gone, now: self.now)
        self.perform(self.machine.takeActions())
        self.check()
    }

    private mutating func soon(_ key: Key, _ event: Event, within: Duration = .milliseconds(200)) {
        self.queue.append((self.now + within * self.random.nextUnit(), key, event))
    }

    private mutating func happen(_ key: Key, _ event: Event) {
        guard var instance = self.instances[key], !instance.isOver else { return }
        switch event {
        case .startReturns:
            guard !instance.isRunning else { return }
            instance.isRunning = true
            self.instances[key] = instance
            if instance.asked > 0 { self.soon(key, .ends(nil)) }
            self.soon(key, .signals)
            if !self.isHealed && self.chance(0.3) { self.soon(key, .ends(self.failure()), within: .seconds(20)) }
            self.send(.startReturned(key.id, generation: key.generation))
        case .startThrows(let error):
            guard !instance.isRunning else { return }
            self.end(key, error)
        case .signals: self.send(.signalledReady(key.id, generation: key.generation))
        case .drains: self.send(.finishedDraining(key.id, generation: key.generation))
        case .ends(let error):
            guard instance.isRunning, !self.isHealed || instance.asked > 0 else { return }
            self.end(key, error)
        }
    }

    private mutating func end(_ key: Key, _ error: (any Error)?) {
        self.instances[key]?.isOver = true
        self.send(.ended(key.id, generation: key.generation, error.map { MachineFailure($0) }))
    }

    private mutating func failure() -> (any Error)? {
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0: Verdict.missing("something")
        case 1, 2: Verdict.bounce("again")
        case 3: nil
        default: Broken()
        }
    }

    private mutating func perform(_ actions: [MachineAction]) {
        for action in actions {
            switch action {
            case .start(let id): self.begin(id)
            case .stop(let id): self.stop(self.key(id))
            case .cancelStart(let id), .cancel(let id): self.cancel(self.key(id))
            case .abandon(let id): self.instances[self.key(id)]?.isAbandoned = true
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
        let node = self.machine.nodes[id]
        var received: [(ManifoldID, Int)] = []
        for (index, input) in node.inputs.enumerated() {
            let generation = node.received[index]
            if input.kind == .required && generation == 0 { self.violation("\(node.name) starts without input") }
            if generation != 0 { received.append((input.provider, generation)) }
        }
        for (key, other) in self.instances where !other.isOver && !other.isAbandoned {
            let overlaps = other.received.contains { $0.provider == id } || key.id == id
            if overlaps { self.violation("\(node.name) overlaps an old dependent or itself") }
        }
        self.begun[id] = node.generation
        let key = self.key(id)
        let isDeaf = !self.isHealed && self.chance(0.03)
        self.instances[key] = Instance(received: received, isDeaf: isDeaf)
        if !self.isHealed && self.chance(0.15) {
            self.soon(key, .startThrows(self.failure() ?? Broken()))
        } else if !isDeaf {
            self.soon(key, .startReturns)
        }
    }

    private mutating func stop(_ key: Key) {
        guard var instance = self.instances[key] else { return }
        instance.asked += 1
        if instance.asked != 1 { self.violation("asked twice") }
        self.instances[key] = instance
        guard instance.isRunning, !instance.isDeaf else { return }
        self.soon(key, .ends(self.chance(0.3) ? Broken() : nil), within: .seconds(2))
    }

    private mutating func cancel(_ key: Key) {
        guard let instance = self.instances[key], !instance.isDeaf else { return }
        self.soon(key, instance.isRunning ? .ends(CancellationError()) : .startThrows(CancellationError()))
    }

    /// What must hold after every step. Plain comparisons: this runs a million times.
    private func check() {
        var live = 0
        var moving = 0
        for node in self.machine.nodes {
            if node.instance != nil { live += 1 }
            if node.isMoving { moving += 1 }
            var unmet = 0
            for (index, input) in node.inputs.enumerated() where input.kind != .deferred {
                let provider = self.machine.nodes[input.provider]
                if input.kind == .required && !provider.isOffered { unmet += 1 }
                guard node.received[index] != 0, node.instance?.stopReason == nil else { continue }
                if !provider.isOffered || provider.generation != node.received[index] {
                    self.violation("\(node.name) runs on a stale \(provider.name)")
                }
            }
            if node.unmet != unmet { self.violation("unmet of \(node.name)") }
            let users = node.dependents.count { self.machine.nodes[$0.manifold].received[$0.input] != 0 }
            if node.users != users { self.violation("users of \(node.name)") }
            if node.isOffered && (node.instance?.phase != .ready || !node.isPublished) {
                self.violation("\(node.name) is offered and not ready")
            }
            if node.isPublished && node.instance == nil { self.violation("\(node.name) is published and does not run") }
            if self.machine.state == .running && node.declaration != nil && node.instance == nil && node.hold == nil
                && node.retryAt == nil && node.unmet == 0 && node.users == 0 && node.settle != .armed
            {
                self.violation("\(node.name) could start and does not")
            }
        }
        if self.machine.live != live { self.violation("count of live instances") }
        if self.machine.moving != moving { self.violation("count of what moves") }
    }

    private func violation(_ what: String) {
        Issue.record("\(what); repeat with ENGINE_SEED=\(self.seed)")
    }
}
