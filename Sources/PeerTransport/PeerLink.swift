import Consensus
import Framing
import Logging
import NIOCore
import RPC

/// The way to one peer: dials, keeps dialling, and sends what the peer is to hear.
///
/// Bound to Raft's event loop, on which its connection lives too: sending needs no lock and no hop.
final class PeerLink {
    let peer: Server
    private let hello: PeerHello
    private let dialer: any PeerDialer
    private let eventLoop: any EventLoop
    private let options: PeerOptions
    private let logger: Logger
    private let snapshotEnded: (ServerID, Bool) -> Void
    private var machine = StateMachine()
    private var queue: OutboundQueue
    private var channel: (any Channel)?
    private var snapshot: SnapshotTransfer?
    private var pause: Scheduled<Void>?
    /// The last reason logged, so that the same one is not logged at each attempt.
    private var lastComplaint = ""

    init(
        peer: Server,
        hello: PeerHello,
        dialer: any PeerDialer,
        eventLoop: any EventLoop,
        options: PeerOptions,
        logger: Logger,
        snapshotEnded: @escaping (ServerID, Bool) -> Void
    ) {
        self.peer = peer
        self.hello = hello
        self.dialer = dialer
        self.eventLoop = eventLoop
        self.options = options
        self.logger = logger
        self.snapshotEnded = snapshotEnded
        self.queue = OutboundQueue(limit: options.queueBytes)
    }

    var isConnected: Bool { self.machine.isConnected }

    func start() { self.perform(self.machine.start()) }

    /// The peer connected to us, so it is up: no need to wait any longer.
    func wake() {
        self.pause?.cancel()
        self.pause = nil
        self.perform(self.machine.wake())
    }

    func close() -> EventLoopFuture<Void> {
        self.pause?.cancel()
        self.pause = nil
        let closed = self.channel?.closeFuture ?? self.eventLoop.makeSucceededVoidFuture()
        self.perform(self.machine.close())
        return closed
    }

    /// Queues a message; it leaves with the next `flush`.
    func send(_ message: Message) {
        let kind: OutboundKind
        switch message {
        case .installSnapshot(let install): return self.begin(install)
        case .requestVote: kind = .requestVote
        case .requestVoteResult: kind = .requestVoteResult
        case .appendEntries: kind = .appendEntries
        case .appendEntriesResult: kind = .appendEntriesResult
        case .timeoutNow: kind = .timeoutNow
        }
        let bytes: [UInt8]
        do {
            bytes = try message.encoded()
        } catch {
            self.logger.error("a message cannot be sent", metadata: ["reason": "\(error)", "peer": "\(self.peer.id)"])
            return
        }
        var frame = ByteBuffer()
        frame.reserveCapacity(bytes.count + Frame.headerLength + 1)
        frame.writeFrame(.message) { $0.writeBytes(bytes) }
        if self.isConnected {
            self.queue.append(frame, kind)
        } else {
            self.queue.replace(frame, kind)
        }
    }

    /// Sends what is queued, as far as the socket takes it.
    func flush() {
        guard let channel = self.channel, self.isConnected else { return }
        var wrote = false
        while channel.isWritable, let frame = self.queue.popFirst() {
            channel.write(frame, promise: nil)
            wrote = true
        }
        if wrote { channel.flush() }
    }

    // MARK: What the connection says

    func welcomed() {
        self.machine.welcomed()
        self.lastComplaint = ""
        self.logger.info("connected to peer", metadata: self.metadata)
    }

    func refused(_ sentence: String) {
        self.complain("the peer refuses this controller: \(sentence)")
        self.channel?.close(promise: nil)
    }

    func writabilityChanged() {
        self.flush()
        self.continueSnapshot()
    }

    // MARK: Connecting

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none: break
        case .dial: self.dial()
        case .pause(let failures):
            let amount = self.options.pause.after(failures: failures)
            self.pause = self.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(amount)) {
                self.pause = nil
                self.perform(self.machine.wake())
            }
        case .closeChannel: self.channel?.close(promise: nil)
        }
    }

    private func dial() {
        let link = NIOLoopBound(self, eventLoop: self.eventLoop)
        let limit = self.options.frameBytes
        let dialled = self.dialer.dial(self.peer, on: self.eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    ByteToMessageHandler(FrameDecoder<PeerFrame>(limit: limit)), DialledPeerHandler(link: link.value),
                ])
            }
        }
        dialled.hop(to: self.eventLoop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.dialled(channel)
            case .failure(let error): self.ended("cannot connect to the peer: \(error)")
            }
        }
    }

    private func dialled(_ channel: any Channel) {
        self.channel = channel
        let action = self.machine.dialled()
        self.perform(action)
        guard action == .none else { return }
        channel.closeFuture.hop(to: self.eventLoop).assumeIsolated().whenComplete { _ in
            guard self.channel === channel else { return }
            self.ended("the connection to the peer ended")
        }
        TCPLiveness.apply(self.options.unacknowledgedTimeout, to: channel)
        var frame = ByteBuffer()
        frame.writeFrame(.hello) { self.hello.write(to: &$0) }
        channel.writeAndFlush(frame, promise: nil)
        self.flush()
    }

    private func ended(_ reason: String) {
        self.channel = nil
        self.queue.keepNewest()
        if self.snapshot != nil { self.endSnapshot(delivered: false) }
        self.complain(reason)
        self.perform(self.machine.lost())
    }

    private func complain(_ reason: String) {
        guard self.machine.state != .closed else { return }
        let level: Logger.Level = reason == self.lastComplaint ? .debug : .warning
        self.lastComplaint = reason
        self.logger.log(level: level, "\(reason)", metadata: self.metadata)
    }

    private var metadata: Logger.Metadata {
        ["peer": "\(self.peer.id)", "address": "\(self.peer.address)"]
    }

    // MARK: Snapshots

    private func begin(_ install: InstallSnapshot) {
        guard let channel = self.channel, self.isConnected, self.snapshot == nil else {
            return self.endSnapshotLater(delivered: false)
        }
        do {
            let start = try SnapshotTransfer.start(install)
            channel.writeAndFlush(start, promise: nil)
        } catch {
            self.logger.error("a snapshot cannot be sent", metadata: ["reason": "\(error)", "peer": "\(self.peer.id)"])
            return self.endSnapshotLater(delivered: false)
        }
        self.logger.info(
            "sending a snapshot",
            metadata: ["peer": "\(self.peer.id)", "bytes": "\(install.snapshot.data.count)"]
        )
        self.snapshot = SnapshotTransfer(data: install.snapshot.data, partBytes: self.options.snapshotPartBytes)
        self.continueSnapshot()
        if self.snapshot?.isDone == true {
            self.snapshot = nil
            self.endSnapshotLater(delivered: true)
        }
    }

    private func continueSnapshot() {
        guard let channel = self.channel, self.isConnected else { return }
        while channel.isWritable, let part = self.snapshot?.nextPart(limit: self.options.snapshotPartsInFlight) {
            channel.writeAndFlush(part).assumeIsolated().whenSuccess {
                // A socket that takes everything at once must not keep the loop from its other work.
                self.eventLoop.assumeIsolated().execute { self.partLeft(on: channel) }
            }
        }
    }

    private func partLeft(on channel: any Channel) {
        guard self.channel === channel, self.snapshot != nil else { return }
        self.snapshot?.partLeft()
        if self.snapshot?.isDone == true {
            self.endSnapshot(delivered: true)
        } else {
            self.continueSnapshot()
        }
    }

    private func endSnapshot(delivered: Bool) {
        self.snapshot = nil
        self.snapshotEnded(self.peer.id, delivered)
    }

    /// Whoever asked for the snapshot is still in the middle of asking.
    private func endSnapshotLater(delivered: Bool) {
        self.eventLoop.assumeIsolated().execute { self.snapshotEnded(self.peer.id, delivered) }
    }
}
