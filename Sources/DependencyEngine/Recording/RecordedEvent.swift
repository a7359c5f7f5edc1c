/// One thing the machine was told, when, and what it answered.
struct RecordedEvent: Codable, Sendable, Hashable {
    enum Kind: String, Codable, Sendable, Hashable {
        case run, timers, ended, bounce, park, resume, uninstall, fail, update, waits, drain
        case asksForBounce = "asks-for-bounce"
        case startReturned = "start-returned"
        case signalledReady = "signalled-ready"
        case finishedDraining = "finished-draining"
        case shutdown
        case cancel
    }

    struct Failure: Codable, Sendable, Hashable {
        var kind: MachineFailure.Kind
        var message: String
        var retryAfter: RecordedTime?
        var rank: Int?

        enum CodingKeys: String, CodingKey {
            case kind, message, rank
            case retryAfter = "retry-after"
        }
    }

    var at: RecordedTime
    var kind: Kind
    var manifold: String?
    var generation: Int?
    var failure: Failure?
    /// Why it asks for a bounce, or what it waits for.
    var text: String?
    /// Of an update.
    var removed: [String]?
    var installed: [RecordedDeclaration]?
    /// One line each; see `MachineAction.line`.
    var actions: [String]
}

extension RecordedEvent {
    /// - Parameter actions: What `machine` answered; it has done so already.
    init(_ event: MachineEvent, at: Duration, actions: [MachineAction], machine: EngineMachine) {
        self.init(at: RecordedTime(at), kind: Self.kind(of: event), actions: actions.map { $0.line(in: machine) })
        switch event {
        case .run, .timers, .shutdown, .drain: break
        case .startReturned(let id, let generation), .signalledReady(let id, let generation),
            .finishedDraining(let id, let generation):
            self.manifold = machine.nodes[id].name
            self.generation = generation
        case .asksForBounce(let id, let generation, let text), .waits(let id, let generation, let text):
            self.manifold = machine.nodes[id].name
            self.generation = generation
            self.text = Self.short(text)
        case .ended(let id, let generation, let failure):
            self.manifold = machine.nodes[id].name
            self.generation = generation
            self.failure = failure.map { Failure($0) }
        case .bounce(let id), .park(let id), .resume(let id), .uninstall(let id):
            self.manifold = machine.nodes[id].name
        case .fail(let id, let failure):
            self.manifold = machine.nodes[id].name
            self.failure = Failure(failure)
        }
    }

    /// A change of the graph.
    init(
        removing removed: [String],
        installing declarations: [MachineDeclaration],
        at: Duration,
        actions: [MachineAction],
        machine: EngineMachine
    ) {
        self.init(at: RecordedTime(at), kind: .update, actions: actions.map { $0.line(in: machine) })
        self.removed = removed.isEmpty ? nil : removed
        self.installed = declarations.isEmpty ? nil : declarations.map { RecordedDeclaration($0) }
    }

    private static func kind(of event: MachineEvent) -> Kind {
        switch event {
        case .run: .run
        case .startReturned: .startReturned
        case .signalledReady: .signalledReady
        case .finishedDraining: .finishedDraining
        case .ended: .ended
        case .timers: .timers
        case .asksForBounce: .asksForBounce
        case .waits: .waits
        case .drain: .drain
        case .shutdown(.graceful): .shutdown
        case .shutdown(.cancelled): .cancel
        case .bounce: .bounce
        case .park: .park
        case .resume: .resume
        case .uninstall: .uninstall
        case .fail: .fail
        }
    }

    /// Longer than any line shows of it, so that what is cut off is missed by nobody.
    fileprivate static func short(_ text: String) -> String {
        text.utf8.count > 1000 ? String(text.prefix(1000)) : text
    }

    /// What it counts for in a recording's capacity: a declaration weighs as much as an event.
    var weight: Int { max(self.installed?.count ?? 0, 1) }
}

extension RecordedEvent.Failure {
    init(_ failure: MachineFailure) {
        self.kind = failure.kind
        self.message = RecordedEvent.short(failure.message)
        self.retryAfter = failure.retryAfter.map { RecordedTime($0) }
        self.rank = failure.rank == 0 ? nil : failure.rank
    }

    var replayed: MachineFailure {
        MachineFailure(
            kind: self.kind,
            message: self.message,
            retryAfter: self.retryAfter?.duration,
            rank: self.rank ?? 0
        )
    }
}
