import Testing

@testable import DependencyEngine

/// Drives a machine by hand in virtual time and keeps what it asked for as short lines such as `start a` or `stop b`.
struct MachineRig {
    var machine: EngineMachine
    var now = Duration.zero
    var lines: [String] = []
    var events: [EngineEvent] = []
    var outcome: MachineOutcome?

    init(_ declarations: [MachineDeclaration] = [], running: Bool = true, seed: UInt64 = 1) throws {
        self.machine = EngineMachine(configuration: EngineConfiguration(seed: seed))
        try self.install(declarations)
        if running { self.send(.run) }
    }

    mutating func install(_ declarations: [MachineDeclaration]) throws {
        try self.machine.install(declarations, now: self.now)
        self.keep(self.machine.takeActions())
    }

    mutating func send(_ event: MachineEvent) {
        self.keep(self.machine.handle(event, now: self.now))
    }

    func id(_ name: String) -> ManifoldID {
        guard let id = self.machine.ids[name] else { preconditionFailure("the graph of this test has no \(name)") }
        return id
    }

    /// What was asked for since the last call.
    mutating func take() -> [String] {
        defer { self.lines = [] }
        return self.lines
    }

    /// Start functions return.
    mutating func started(_ names: String...) {
        for name in names {
            self.send(.startReturned(self.id(name), generation: self.machine.nodes[self.id(name)].generation))
        }
    }

    mutating func signalReady(_ name: String) {
        self.send(.signalledReady(self.id(name), generation: self.machine.nodes[self.id(name)].generation))
    }

    /// Workers, or start functions, end.
    mutating func ended(_ names: String..., error: (any Error)? = nil) {
        for name in names {
            let failure = error.map { MachineFailure($0) }
            self.send(.ended(self.id(name), generation: self.machine.nodes[self.id(name)].generation, failure))
        }
    }

    /// A worker, or a start function, ends with an error that was classified.
    mutating func ended(_ name: String, failure: MachineFailure) {
        self.send(.ended(self.id(name), generation: self.machine.nodes[self.id(name)].generation, failure))
    }

    mutating func failed(_ name: String) {
        self.ended(name, error: Broken())
    }

    /// Lets time pass, firing each deadline at its own instant.
    mutating func advance(_ delay: Duration) {
        let target = self.now + delay
        while let next = self.machine.nextDeadline(), next <= target {
            self.now = max(self.now, next)
            self.send(.timers)
        }
        self.now = target
    }

    func state(_ name: String) -> ManifoldState { self.machine.manifoldState(self.id(name)) }

    func node(_ name: String) -> MachineNode { self.machine.nodes[self.id(name)] }

    /// Until the next attempt of a manifold that backs off.
    func retryIn(_ name: String) -> Duration? { self.node(name).retryAt.map { $0 - self.now } }

    mutating func keep(_ actions: [MachineAction]) {
        for action in actions {
            switch action {
            case .start(let id): self.line("start", id)
            case .publish(let id): self.line("publish", id)
            case .retract(let id): self.line("retract", id)
            case .drain(let id): self.line("drain", id)
            case .deliver(let id, let input):
                let node = self.machine.nodes[id]
                let provider = self.machine.nodes[node.inputs[input].provider].name
                let what = node.delivered[input] == 0 ? "no \(provider)" : "\(provider) \(node.delivered[input])"
                self.line("deliver \(what) to", id)
            case .stop(let id): self.line("stop", id)
            case .cancelStart(let id): self.line("cancel start of", id)
            case .cancel(let id): self.line("cancel", id)
            case .abandon(let id): self.line("abandon", id)
            case .forget(let id): self.line("forget", id)
            case .ended: break
            case .report(let report): self.events.append(self.machine.event(of: report))
            case .finished(let outcome):
                #expect(self.outcome == nil, "an engine ends once")
                self.outcome = outcome
                self.lines.append("finished")
            }
        }
    }

    private mutating func line(_ what: String, _ id: ManifoldID) {
        self.lines.append("\(what) \(self.machine.nodes[id].name)")
    }
}

struct Broken: Error, CustomStringConvertible {
    var description: String { "broken" }
}

func declare(
    _ name: String,
    needs: [String] = [],
    optional: [String] = [],
    deferred: [String] = [],
    live: [String] = [],
    collects: [String] = [],
    joins: [String] = [],
    groupsCollected: [GroupEdge] = [],
    groupsJoined: [GroupEdge] = [],
    outputType: any Sendable.Type = Void.self,
    readiness: Readiness = .started,
    policy: RestartPolicy = .standard,
    deadlines: StopDeadlines = StopDeadlines(),
    startDeadline: Duration? = nil,
    draining: Duration? = nil,
    site: String? = nil,
    origin: String? = nil
) -> MachineDeclaration {
    let edges =
        needs.map { InputEdge(name: $0, kind: .required, valueType: Void.self) }
        + optional.map { InputEdge(name: $0, kind: .optional, valueType: Void.self) }
        + deferred.map { InputEdge(name: $0, kind: .deferred, valueType: Void.self) }
        + live.map { InputEdge(name: $0, kind: .optional, valueType: Void.self, isLive: true) }
    let groupEdge = { (group: String) in
        GroupEdge(group: group, valueType: Void.self, site: site ?? "Graph/\(name).swift:1")
    }
    return MachineDeclaration(
        name: name,
        site: site ?? "Graph/\(name).swift:1",
        origin: origin,
        edges: edges,
        outputType: outputType,
        readiness: readiness,
        policy: policy,
        deadlines: deadlines,
        startDeadline: startDeadline,
        drainDeadline: draining,
        joins: joins.map(groupEdge) + groupsJoined,
        collects: collects.map(groupEdge) + groupsCollected
    )
}

extension RestartPolicy {
    /// No randomness, so that a test can name the instant.
    static func exact(budget: Int = 10, exhausted: Exhausted = .park) -> RestartPolicy {
        RestartPolicy(jitter: 0, budget: budget, exhausted: exhausted)
    }
}
