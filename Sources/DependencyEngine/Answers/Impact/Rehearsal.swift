/// Plays what follows an event on a copy of the machine: the engine's own rules, with measured durations for workers.
struct Rehearsal {
    /// What a pretended worker does next.
    private enum Turn: UInt32 {
        case startReturns, ends
    }

    private(set) var machine: EngineMachine
    /// Who was asked to stop and who was started, in order; each once.
    private(set) var stopped: [ManifoldID] = []
    private(set) var started: [ManifoldID] = []
    /// When each was last ready, since the beginning.
    private(set) var readyAt: [ManifoldID: Duration] = [:]
    private let begun: Duration
    private var now: Duration
    private var turns = TimerQueue()
    private var seenStopped: Set<ManifoldID> = []
    private var seenStarted: Set<ManifoldID> = []

    init(_ machine: EngineMachine, now: Duration) {
        self.machine = machine
        self.begun = max(now, machine.now)
        self.now = self.begun
    }

    /// Takes `event` and lets time pass until nothing is in motion.
    mutating func play(_ event: MachineEvent) {
        // What is under way already comes to its end too.
        for id in self.machine.nodes.indices {
            guard let instance = self.machine.nodes[id].instance else { continue }
            if instance.isAsked {
                self.arrange(.ends, id)
            } else if instance.phase == .starting {
                self.arrange(.startReturns, id)
            }
        }
        self.take(event)
        // Each manifold starts and stops a few times at the most; a bound all the same, since this runs in an answer.
        var turnsLeft = 64 * self.machine.nodes.count + 1_000
        while turnsLeft > 0, self.advance() { turnsLeft -= 1 }
    }

    private mutating func advance() -> Bool {
        let deadline = self.machine.moving > 0 || self.turns.first != nil ? self.machine.nextDeadline() : nil
        if let turn = self.turns.first, turn.at <= deadline ?? turn.at {
            self.turns.popFirst()
            self.now = max(self.now, turn.at)
            self.take(turn)
            return true
        }
        guard let deadline else { return false }
        self.now = max(self.now, deadline)
        self.take(.timers)
        return true
    }

    private mutating func take(_ turn: TimerQueue.Entry) {
        let id = turn.id
        let generation = self.machine.nodes[id].generation
        switch Turn(rawValue: turn.stamp) {
        case .startReturns:
            self.take(.startReturned(id, generation: generation))
            if self.machine.nodes[id].instance?.phase == .started {
                self.take(.signalledReady(id, generation: generation))
            }
        case .ends: self.take(.ended(id, generation: generation, nil))
        case nil: break
        }
    }

    private mutating func take(_ event: MachineEvent) {
        for action in self.machine.handle(event, now: self.now) {
            switch action {
            case .start(let id):
                if self.seenStarted.insert(id).inserted { self.started.append(id) }
                self.arrange(.startReturns, id)
            case .stop(let id):
                if self.seenStopped.insert(id).inserted { self.stopped.append(id) }
                self.arrange(.ends, id)
            case .publish(let id): self.readyAt[id] = self.now - self.begun
            default: break
            }
        }
    }

    private mutating func arrange(_ turn: Turn, _ id: ManifoldID) {
        let times = self.machine.journal[id]
        let takes = turn == .startReturns ? times.start : times.stop
        self.turns.insert(at: self.now + (takes ?? .zero), manifold: id, kind: .instance, stamp: turn.rawValue)
    }
}
