import Consensus

/// A machine that remembers every command and nothing else.
struct RecordingMachine: ReplicatedStateMachine {
    struct Unreadable: Error {}

    var commands: [[UInt8]] = []

    /// A command that begins with 255 is another version's.
    mutating func apply(_ payload: [UInt8], isAnswered: Bool) throws(UnknownFormat) -> Int {
        if payload.first == 255 { throw UnknownFormat("command 255 is unknown; upgrade this controller") }
        self.commands.append(payload)
        return self.commands.count
    }

    func encodedSnapshot() -> [UInt8] { [42] + self.commands.flatMap { [UInt8($0.count)] + $0 } }

    func restored(from data: [UInt8]) throws -> [[UInt8]] {
        if data.first == 43 { throw UnknownFormat("snapshot version 43 is unknown; upgrade this controller") }
        guard data.first == 42 else { throw Unreadable() }
        var rest = data.dropFirst()
        var commands: [[UInt8]] = []
        while let count = rest.popFirst() {
            commands.append(Array(rest.prefix(Int(count))))
            rest = rest.dropFirst(Int(count))
        }
        return commands
    }

    mutating func restore(_ commands: [[UInt8]]) { self.commands = commands }
}

/// A node of a test with its disk, and everything it ever asked for.
final class TestController {
    typealias Action = NodeAction<Int>

    var node: Node<RecordingMachine>
    var disk: MemoryLog
    var actions: [Action] = []
    /// Whether queued writes become durable by themselves.
    var isDiskWorking = true
    /// Whether snapshots are encoded at once.
    var isEncoding = true

    init(_ server: Server, _ start: DurableState, _ options: NodeOptions) throws {
        self.disk = MemoryLog(start)
        self.node = try Node(server: server, start: start, machine: RecordingMachine(), options: options, now: 0)
    }

    var proposalFailures: [UInt64: ProposalFailure] {
        var failures: [UInt64: ProposalFailure] = [:]
        for case .proposalFailed(let tag, let failure) in self.actions { failures[tag] = failure }
        return failures
    }

    var appliedTags: [UInt64] {
        self.actions.compactMap { if case .applied(_, let tag?, _) = $0 { tag } else { nil } }
    }

    var halts: [NodeHalt] { self.actions.compactMap { if case .halt(let reason) = $0 { reason } else { nil } } }

    var handovers: [Bool] {
        self.actions.compactMap { if case .transferEnded(let succeeded) = $0 { succeeded } else { nil } }
    }

    var writes: [LogWrite] { self.actions.compactMap { if case .write(let write, _) = $0 { write } else { nil } } }
}

/// Nodes on an instant network, with a clock the test moves.
final class NodeTestCluster {
    var controllers: [TestController] = []
    var now: Milliseconds = 0
    /// Whether a message between these ids is lost.
    var isCut: (_ from: UInt64, _ to: UInt64) -> Bool = { _, _ in false }
    /// What a message has become when it arrives.
    var change: (Message) -> Message = { $0 }
    /// Every message that was sent, lost ones included.
    var sent: [(from: UInt64, to: UInt64, message: Message)] = []
    private var network: [(from: UInt64, to: UInt64, message: Message)] = []

    static func configuration(of count: Int) -> ClusterConfiguration {
        ClusterConfiguration(
            servers: (1...count).map { Server(id: ServerID(UInt64($0)), address: "10.0.0.\($0):17070") }
        )
    }

    static func options(_ change: (inout NodeOptions) -> Void = { _ in }) -> NodeOptions {
        var options = NodeOptions(core: RaftCoreOptions(seed: 1))
        change(&options)
        return options
    }

    init(_ count: Int, start: DurableState? = nil, options change: (inout NodeOptions) -> Void = { _ in }) throws {
        let configuration = Self.configuration(of: count)
        for server in configuration.servers {
            var options = Self.options(change)
            options.core.seed = UInt32(server.id.rawValue) &* 7919
            self.controllers.append(try TestController(server, start ?? .bootstrap(configuration), options))
        }
        for index in self.controllers.indices { self.perform(self.controllers[index].node.start(now: 0), index) }
    }

    /// Gives one node an event; what it sends is delivered by `advance`.
    func handle(_ id: Int, _ event: NodeEvent) {
        self.perform(self.controllers[id - 1].node.handle(event, now: self.now), id - 1)
    }

    /// Lets time pass: deadlines, disks and messages.
    func advance(_ milliseconds: Milliseconds) {
        for _ in 0..<milliseconds {
            self.now += 1
            for index in self.controllers.indices where self.controllers[index].node.deadline <= self.now {
                self.handle(index + 1, .timeout)
            }
            self.settle()
        }
    }

    /// Delivers and writes until nothing is left to do at this instant.
    func settle() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for index in self.controllers.indices where self.controllers[index].isDiskWorking {
                guard let ticket = try? self.controllers[index].disk.sync(.max) else { continue }
                isBusy = true
                self.handle(index + 1, .written(ticket))
            }
            let messages = self.network
            self.network = []
            for (from, to, message) in messages where !self.isCut(from, to) {
                isBusy = true
                self.handle(Int(to), .received(self.change(message), from: ServerID(from)))
            }
        }
    }

    /// Lets time pass until somebody serves, and answers who.
    func elect() -> Int {
        for _ in 0..<10_000 {
            self.advance(1)
            if let leader = self.controllers.firstIndex(where: { $0.node.status.isServing }) { return leader + 1 }
        }
        return 0
    }

    private func perform(_ actions: [TestController.Action], _ index: Int) {
        let controller = self.controllers[index]
        controller.actions += actions
        for action in actions {
            switch action {
            case .saveTermAndVote(let term, let vote): controller.disk.saveTermAndVote(term, vote)
            case .write(let write, let ticket): controller.disk.queue(write, ticket)
            case .send(let message, let to):
                self.sent.append((UInt64(index + 1), to.rawValue, message))
                self.network.append((UInt64(index + 1), to.rawValue, message))
            case .takeSnapshot(let at) where controller.isEncoding:
                let data = controller.node.machine.encodedSnapshot()
                self.handle(index + 1, .snapshotEncoded(index: at, data: data))
            default: break
            }
        }
    }
}
