import AgentResources
import Framing
import Hub
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// The connections peers have made to this controller's hub, the newest of each. Thread-safe.
final class AcceptedPeers: Sendable {
    private struct State: Sendable {
        var channels: [UInt64: any Channel] = [:]
        var isClosed = false
    }

    private let hub: Hub
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    /// Told which peer has connected, on the connection's event loop.
    private let connected: @Sendable (UInt64) -> Void

    init(hub: Hub, logger: Logger, connected: @escaping @Sendable (UInt64) -> Void) {
        self.connected = connected
        self.hub = hub
        self.logger = logger
    }

    /// Takes an upgraded connection over, on its event loop; the peer's older one is closed.
    func accept(_ connection: PeerConnection) -> EventLoopFuture<Void> {
        let channel = connection.channel
        let (older, isClosed) = self.state.withLockedValue { state -> ((any Channel)?, Bool) in
            guard !state.isClosed else { return (nil, true) }
            return (state.channels.updateValue(channel, forKey: connection.peer), false)
        }
        guard !isClosed else { return channel.close() }
        older?.close(promise: nil)
        self.connected(connection.peer)
        channel.closeFuture.whenComplete { _ in
            self.state.withLockedValue { state in
                if state.channels[connection.peer] === channel { state.channels[connection.peer] = nil }
            }
        }
        return channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            try operations.addHandler(
                ByteToMessageHandler(FrameDecoder<PubSubFrame>(limit: PubSubFrame.contentLimit))
            )
            try operations.addHandler(
                AcceptedPeerHandler(hub: self.hub, peer: connection.peer, logger: self.logger)
            )
        }
    }

    /// Closes all and takes no more.
    func close() {
        let channels = self.state.withLockedValue { state in
            state.isClosed = true
            return state.channels.values.map { $0 }
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
