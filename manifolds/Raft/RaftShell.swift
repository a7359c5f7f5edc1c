import AgentResources
import Consensus
import Leases
import Logging
import NIOCore
import NIOPosix
import PeerTransport

/// The node with its clock, disk, peers and clients. Bound to Raft's own event loop: every call is made there.
///
/// It has no rules of its own: it feeds the node and carries out what the node says, in the order it is said.
final class RaftShell {
    /// What one entry carries at most.
    struct Limits {
        var operations: Int
        var bytes: Int
    }

    /// What the shell works with.
    struct Parts {
        var eventLoop: any EventLoop
        var disk: DiskQueue
        /// Encodes snapshots, beside the loop and beside the disk.
        var snapshots: NIOThreadPool
        var operations: any Operations
        var limits: Limits
        var meter: RaftMeter
        var consumer: any OperationConsumer
        var status: StatusFeed
        var events: EventFeeds
        var logger: Logger
        /// Called when the node cannot go on; only the first call counts.
        var halted: (NodeHalt) -> Void
    }

    let parts: Parts
    var node: Node<LeaseMachine>
    /// Set before `start`.
    var network: PeerNetwork?
    var waiters = AppliedWaiters()
    /// The status watchers were told, which comes after what had to be durable first.
    var visible: NodeStatus
    var sealing = SealedBatches()
    var isDraining = false
    private(set) var isClosed = false
    /// Whoever watches the status knows the visible one.
    var isPublished = false
    /// How many refusals of the core the meter knows of.
    var refusedEvents: UInt64 = 0
    /// What the guards have done as the meter knows it.
    var guardTrips = GuardTrips()

    /// What is to be done, held back while a term and vote are being written.
    private var actions: CircularBuffer<NodeAction<LeaseMachine.Output>> = []
    private var isSaving = false
    private var isPerforming = false
    private var timer: (at: Milliseconds, task: Scheduled<Void>)?
    private var handovers: [EventLoopPromise<Void>] = []

    init(node: consuming Node<LeaseMachine>, parts: Parts) {
        self.visible = node.status
        // What the disk brought had its events in an earlier life.
        parts.events.note(node.status.appliedIndex)
        self.node = node
        self.parts = parts
    }

    var now: Milliseconds { Milliseconds(clamping: Uptime.sinceBoot().wholeMilliseconds) }

    // MARK: Life

    func start() {
        self.parts.disk.completed = { [unowned self] completion, time in
            self.parts.meter.written(completion, in: time)
            self.diskCompleted(completion)
        }
        self.network?.start()
        self.accept(self.node.start(now: self.now))
        self.parts.operations.attach(self.parts.consumer)
    }

    /// Refuses proposals from here on and hands leadership over; done when it is, or cannot be.
    func drain() -> EventLoopFuture<Void> {
        self.isDraining = true
        let promise = self.parts.eventLoop.makePromise(of: Void.self)
        self.handovers.append(promise)
        self.handle(.drain)
        if self.isClosed || self.visible.role == .unavailable { self.endHandovers() }
        return promise.futureResult
    }

    /// Lets go of everything; done when connections are closed and the disk has everything.
    func close() -> EventLoopFuture<Void> {
        guard !self.isClosed else { return self.parts.eventLoop.makeSucceededVoidFuture() }
        self.isClosed = true
        self.timer?.task.cancel()
        self.timer = nil
        self.parts.operations.detach(self.parts.consumer)
        self.sealing.fail(.unknown(Refusal(.stopping)))
        self.waiters.failAll()
        self.endHandovers()
        let network = self.network?.close() ?? self.parts.eventLoop.makeSucceededVoidFuture()
        return network.and(self.parts.disk.close()).map { _ in }
    }

    // MARK: Events in

    /// Feeds the node and carries out what follows.
    func handle(_ event: NodeEvent) {
        guard !self.isClosed else { return }
        self.accept(self.node.handle(event, now: self.now))
    }

    /// Takes what a peer's connection brought.
    func received(_ event: PeerEvent) {
        guard !self.isClosed else { return }
        switch event {
        case .connected(let peer): self.network?.wake(peer)
        case .messages(let messages, let peer):
            self.parts.meter.heard(peer.rawValue, now: .sinceBoot())
            let now = self.now
            for message in messages { self.queue(self.node.handle(.received(message, from: peer), now: now)) }
            self.perform()
        }
    }

    private func diskCompleted(_ completion: DiskQueue.Completion) {
        switch completion {
        case .saved:
            self.isSaving = false
            self.perform()
        case .written(let ticket): self.handle(.written(ticket))
        case .failed(let reason):
            // Whatever waited for a term to be durable never happens.
            self.isSaving = false
            let halts = self.actions.compactMap { if case .halt(let halt) = $0 { halt } else { nil } }
            self.actions.removeAll()
            self.handle(.writeFailed(reason))
            // A node that had halted before says nothing more, and what it said may have been waiting here.
            self.halted(halts.first ?? NodeHalt("Writing the Raft log failed: \(reason)"))
        }
    }

    // MARK: Actions out

    private func accept(_ actions: [NodeAction<LeaseMachine.Output>]) {
        self.queue(actions)
        self.perform()
    }

    private func queue(_ actions: [NodeAction<LeaseMachine.Output>]) {
        for action in actions {
            if case .takeSnapshot(let index) = action {
                // At once: the machine moves on with the next event.
                self.encodeSnapshot(at: index)
            } else {
                self.actions.append(action)
            }
        }
    }

    private func perform() {
        guard !self.isPerforming else { return }
        self.isPerforming = true
        repeat {
            while !self.isSaving, let action = self.actions.popFirst() { self.perform(action) }
            // Sealing proposes, which makes new actions.
            self.seal()
        } while !self.isSaving && !self.actions.isEmpty
        self.isPerforming = false
        self.network?.flush()
        self.publishStatus()
        self.armTimer()
    }

    private func perform(_ action: NodeAction<LeaseMachine.Output>) {
        switch action {
        case .saveTermAndVote(let term, let vote):
            self.isSaving = true
            self.parts.disk.save(term, vote)
        case .write(let write, let ticket): self.parts.disk.write(write, ticket)
        case .send(let message, let peer): self.network?.send(message, to: peer)
        case .applied(let index, let tag, let output): self.applied(index, tag, output)
        case .proposalFailed(let tag, let failure): self.failed(tag, failure)
        case .statusChanged(let status): self.statusChanged(status)
        case .restored(let index):
            self.parts.logger.info("installed the leader's snapshot", metadata: ["index": "\(index)"])
            self.parts.events.publish(LeaseEvents(index: index, events: [], gap: true))
            self.waiters.applied(index)
        case .takeSnapshot: break
        case .transferEnded: self.endHandovers()
        case .halt(let halt): self.halted(halt)
        }
    }

    private func encodeSnapshot(at index: LogIndex) {
        let replica = self.node.machine.replica
        let begun = Uptime.sinceBoot()
        let state = self.node.machine.frozen
        let copied = Uptime.sinceBoot() - begun
        // What the copy shares is copied by the entries that change it first.
        replica.beginMeasuring()
        self.parts.snapshots.runIfActive(eventLoop: self.parts.eventLoop) { state.encodedSnapshot() }
            .assumeIsolated().whenSuccess { data in
                self.parts.meter.paused(for: max(copied, replica.endMeasuring()))
                self.parts.meter.tookSnapshot(bytes: data.count, in: .sinceBoot() - begun)
                self.parts.logger.debug(
                    "took a snapshot",
                    metadata: ["index": "\(index)", "bytes": "\(data.count)"]
                )
                self.handle(.snapshotEncoded(index: index, data: data))
            }
    }

    private func halted(_ halt: NodeHalt) {
        self.endHandovers()
        self.parts.halted(halt)
    }

    private func endHandovers() {
        let handovers = self.handovers
        self.handovers.removeAll()
        for promise in handovers { promise.succeed() }
    }

    // MARK: Time

    /// One task on the loop at the node's deadline; one that fires early finds nothing to do and is set again.
    private func armTimer() {
        guard !self.isClosed else { return }
        let deadline = self.node.deadline
        if let timer = self.timer {
            if timer.at <= deadline { return }
            timer.task.cancel()
        }
        let now = self.now
        let delay = deadline > now ? min(deadline - now, Self.longestDelay) : Self.shortestDelay
        let task = self.parts.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(delay))) {
            self.timer = nil
            self.handle(.timeout)
        }
        self.timer = (now + delay, task)
    }

    /// A node that asks for the past is not let spin.
    private static let shortestDelay: Milliseconds = 1
    private static let longestDelay: Milliseconds = 60_000
}
