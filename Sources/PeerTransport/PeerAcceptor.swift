package import Consensus
import Framing
package import Logging
import NIOConcurrencyHelpers
package import NIOCore

/// Something a peer did.
package enum PeerEvent: Sendable {
    /// It connected and was taken.
    case connected(ServerID)
    /// It sent these, in order.
    case messages([Message], from: ServerID)
}

/// Takes peers' connections, checks who they are, and delivers what they send. Thread-safe.
package final class PeerAcceptor: Sendable {
    let clusterID: String
    let local: ServerID
    let members: Set<ServerID>
    let options: PeerOptions
    let logger: Logger
    private let deliver: @Sendable (PeerEvent) -> Void
    /// One connection a peer, the newest; `nil` once closed.
    private let channels = NIOLockedValueBox<[ServerID: any Channel]?>([:])

    /// - Parameter deliver: called on the connections' event loops, in order for each; must not block.
    package init(
        clusterID: String,
        local: ServerID,
        members: [ServerID],
        options: PeerOptions,
        logger: Logger,
        deliver: @escaping @Sendable (PeerEvent) -> Void
    ) {
        self.clusterID = clusterID
        self.local = local
        self.members = Set(members)
        self.options = options
        self.logger = logger
        self.deliver = deliver
    }

    /// Takes over an upgraded connection whose certificate names `peer`; called on its event loop.
    package func accept(_ channel: any Channel, peer: ServerID) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(FrameDecoder<PeerFrame>(limit: self.options.frameBytes)),
                AcceptedPeerHandler(acceptor: self, peer: peer),
            ])
        }
    }

    /// Closes every connection; done when they are closed. Later ones are closed at once.
    package func close(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let channels = self.channels.withLockedValue { channels in
            defer { channels = nil }
            return channels ?? [:]
        }
        for channel in channels.values { channel.close(promise: nil) }
        return .andAllComplete(channels.values.map { $0.closeFuture }, on: loop)
    }

    /// Says what is wrong with a hello from the peer that the certificate calls `peer`.
    func objection(to hello: PeerHello, from peer: ServerID) -> String? {
        if hello.clusterID != self.clusterID {
            return "controller \(peer) is of cluster \(hello.clusterID) and this one of \(self.clusterID): correct the "
                + "address it was given"
        }
        if hello.sender.id != peer {
            return "the certificate names controller \(peer) and the hello controller \(hello.sender.id): give each "
                + "controller its own certificate"
        }
        if hello.receiver != self.local {
            return
                "it looks for controller \(hello.receiver) and this is controller \(self.local): correct the address "
                + "it was given"
        }
        if !self.members.contains(peer) { return "controller \(peer) is not a member of this cluster" }
        return nil
    }

    /// `channel` is `peer`'s connection from now on; an older one is a leftover. False when the acceptor is closed.
    func register(_ channel: any Channel, of peer: ServerID) -> Bool {
        let (taken, older) = self.channels.withLockedValue { channels -> (Bool, (any Channel)?) in
            guard channels != nil else { return (false, nil) }
            return (true, channels?.updateValue(channel, forKey: peer))
        }
        older?.close(promise: nil)
        if taken { self.deliver(.connected(peer)) }
        return taken
    }

    func unregister(_ channel: any Channel, of peer: ServerID) {
        self.channels.withLockedValue { channels in
            if channels?[peer] === channel { channels?[peer] = nil }
        }
    }

    func received(_ messages: [Message], from peer: ServerID) {
        self.deliver(.messages(messages, from: peer))
    }
}
