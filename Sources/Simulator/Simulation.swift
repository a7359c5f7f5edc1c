import Consensus
import Leases

/// A whole cluster, its network, disks, clocks and clients, in one thread from one seed.
///
/// The controllers run the real node, core and lease machine; only what surrounds them is pretended. A class so that
/// its parts can be changed in place; it is made, run and thrown away by one caller.
package final class Simulation {
    /// Something that happens at an instant. `life` names the run of a controller it is meant for.
    enum Event {
        case timer(Int, life: Int)
        case deliver(Message, from: Int, to: Int)
        case diskDone(Int, life: Int, count: Int)
        case written(Int, life: Int, WriteTicket)
        case encoded(Int, life: Int, LogIndex, [UInt8])
        case snapshotEnded(Int, life: Int, to: Int, delivered: Bool)
        case tick(Int, life: Int)
        case deadline(Int, life: Int)
        case stop(Int, life: Int)
        case restart(Int, life: Int)
        case weather
        case heal
        case request(Int, SimulatedController.Waiting)
        case reply(Int, OperationID, Reply)
        case client(Int, wake: Int)
    }

    /// What a client is told about an attempt.
    struct Reply {
        enum Outcome {
            case applied(OperationResult)
            /// In no log; who leads, if known.
            case never(ServerID?)
            case unknown
        }
        var outcome: Outcome
        var globalTime: GlobalTime
    }

    let options: SimulationOptions
    let configuration: ClusterConfiguration
    let nodeOptions: NodeOptions
    let keys: [LeaseKey]
    /// Entries a leader may have under way at once.
    let pipeline: Int
    /// How much may wait at a leader, and the bytes of one entry: so little, mostly, that some of it is turned away.
    let bounds: AdmissionQueue.Bounds
    let byteLimit: Int
    let tickInterval: UInt64
    let healAt: UInt64
    let quietAt: UInt64
    let endAt: UInt64

    var random: SplitMix64
    var now: UInt64 = 0
    var queue = EventQueue<Event>()
    var controllers: [SimulatedController] = []
    var clients: [SimulatedClient] = []
    var weather: Weather
    var consensus = ConsensusChecker()
    var leases = LeaseChecker()
    /// What the first controller to apply each entry was answered, and which command came before it.
    var outputs: [LogIndex: (output: LeaseMachine.Output, previous: LogIndex)] = [:]
    var lastCommand: LogIndex = 0
    var report: SimulationReport
    var appliedAfterHeal = 0

    package init(_ options: SimulationOptions) {
        self.options = options
        var random = SplitMix64(seed: options.seed)
        let count = options.controllers ?? random.choose([1, 3, 3, 3, 5, 5])
        self.configuration = ClusterConfiguration(
            servers: (1...count).map { Server(id: ServerID(UInt64($0)), address: "10.0.0.\($0):17070") }
        )
        var core = RaftCoreOptions(seed: 0)
        core.preVote = !random.chance(permille: 150)
        core.snapshotTrailing = random.choose([0, 0, 2, 8, 50])
        core.inFlightEntries = random.choose([1, 8, 32, 256, 1024])
        core.guards = options.guards
        var node = NodeOptions(core: core, snapshotRetry: random.choose([200, 2_000]))
        node.snapshotThreshold = 4 + random.below(60)
        node.maximumUncommittedEntries = random.choose([16, 256])
        node.maximumMessageBytes = random.choose([256, 4096, 1 << 20])
        node.maximumMessageEntries = random.choose([1, 4, 64, 256])
        node.snapshotAnswerTimeout = random.choose([500, 5_000])
        self.nodeOptions = node
        self.keys = (0..<12).map { LeaseKey(namespace: "lease", model: "simulated", name: "key-\($0)") }
        self.pipeline = random.choose([1, 1, 1, 2, 4])
        var bounds = AdmissionQueue.Bounds()
        bounds.critical = random.choose([2, 8, 1_024])
        bounds.extend = random.choose([2, 65_536, 65_536])
        bounds.claim = random.choose([1, 2, 8_192])
        self.bounds = bounds
        self.byteLimit = random.choose([128, 512, 1 << 20])
        self.tickInterval = 200 + UInt64(random.below(800))
        self.endAt = UInt64(options.virtualSeconds) * 1000
        self.healAt = max(self.endAt / 2, self.endAt > 14_000 ? self.endAt - 14_000 : 0)
        self.quietAt = self.endAt - min(4_000, self.endAt / 6)
        self.random = random
        self.weather = Weather(controllers: count)
        self.report = SimulationReport(seed: options.seed, controllers: count)
        let start = DurableState.bootstrap(self.configuration)
        for (index, server) in self.configuration.servers.enumerated() {
            self.controllers.append(
                SimulatedController(
                    index: index,
                    server: server,
                    clock: SimulatedClock(random: &self.random),
                    disk: MemoryLog(start)
                )
            )
        }
        for index in 0..<10 {
            self.clients.append(
                SimulatedClient(name: "client-\(index % 3)", clock: SimulatedClock(random: &self.random))
            )
        }
    }

    /// Runs one simulation to its end, or to the first broken promise.
    package static func run(_ options: SimulationOptions) -> SimulationReport {
        let simulation = Simulation(options)
        do {
            try simulation.run()
        } catch {
            simulation.report.violation = error
        }
        simulation.summarize()
        return simulation.report
    }

    private func run() throws(Violation) {
        for controller in self.controllers { try self.start(controller) }
        for client in self.clients.indices {
            self.queue.schedule(.client(client, wake: 0), at: self.random.pick(100...600))
        }
        if !self.options.isCalm { self.queue.schedule(.weather, at: self.random.pick(500...2000)) }
        self.queue.schedule(.heal, at: self.healAt)
        while let (time, event) = self.queue.next(until: self.endAt) {
            self.now = time
            self.report.totals.steps += 1
            try self.happen(event)
        }
        self.now = self.endAt
        try self.checkConvergence()
    }

    private func happen(_ event: Event) throws(Violation) {
        switch event {
        case .timer(let index, let life): try self.timer(self.controllers[index], life)
        case .deliver(let message, let from, let to):
            let sender = self.controllers[from].server.id
            try self.drive(self.controllers[to], .received(message, from: sender))
        case .diskDone(let index, let life, let count): try self.diskDone(self.controllers[index], life, count)
        case .written(let index, let life, let ticket):
            if let controller = self.living(index, life) { try self.drive(controller, .written(ticket)) }
        case .encoded(let index, let life, let at, let data):
            if let controller = self.living(index, life) {
                try self.drive(controller, .snapshotEncoded(index: at, data: data))
            }
        case .snapshotEnded(let index, let life, let peer, let delivered):
            if let controller = self.living(index, life) {
                let id = self.controllers[peer].server.id
                try self.drive(controller, .snapshotTransferEnded(to: id, delivered: delivered))
            }
        case .tick(let index, let life):
            if let controller = self.living(index, life) { try self.tick(controller) }
        case .deadline(let index, let life):
            if let controller = self.living(index, life) { self.deadline(controller) }
        case .stop(let index, let life):
            if let controller = self.living(index, life) { try self.crash(controller) }
        case .restart(let index, let life):
            if !self.controllers[index].isUp, self.controllers[index].life == life {
                try self.start(self.controllers[index])
            }
        case .weather: try self.changeWeather()
        case .heal: self.heal()
        case .request(let index, let waiting): try self.request(self.controllers[index], waiting)
        case .reply(let client, let id, let reply): try self.reply(client, id, reply)
        case .client(let client, let wake): try self.wake(client, wake)
        }
    }

    /// The controller, if it still is in the life an event is meant for.
    private func living(_ index: Int, _ life: Int) -> SimulatedController? {
        let controller = self.controllers[index]
        return controller.isUp && controller.life == life ? controller : nil
    }

    private func summarize() {
        self.report.endedAt = self.now
        self.report.totals.elections = self.consensus.elections
        self.report.totals.commits = Int(self.consensus.commitIndex)
        self.report.totals.grants = self.leases.totals.grants
        self.report.totals.expiries = self.leases.totals.expiries
        self.report.totals.revokes = self.leases.totals.revokes
        self.report.totals.duplicates = self.leases.totals.duplicates
        self.report.totals.covered = self.leases.totals.covered
        self.report.totals.resolvedApplied = self.leases.totals.resolvedApplied
        self.report.totals.resolvedNever = self.leases.totals.resolvedNever
    }
}
