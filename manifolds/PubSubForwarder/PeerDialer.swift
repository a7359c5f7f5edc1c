import AgentResources
import ClusterIdentity
import Framing
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RPC

/// Keeps one connection to one peer's hub, dialling again for as long as it runs.
struct PeerDialer: Sendable {
    static let connectTimeout = Duration.seconds(5)
    static let pause = DialPause(first: .milliseconds(100), longest: .seconds(1))

    let server: ClusterServer
    let identity: ControllerIdentity
    let outbox: PeerOutbox
    /// Raised when the peer has dialled this controller.
    var wake = DialWake()
    let clock: any UptimeClock
    let logger: Logger

    /// Runs until its task is cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let channel = try await self.connect()
                self.wake.clear()
                let began = self.clock.now
                self.logger.info("connected to a peer's hub", metadata: ["peer": "\(self.server.id)"])
                await self.closed(channel)
                if self.clock.now - began > .seconds(1) { failures = 0 }
                guard !Task.isCancelled else { return }
                self.logger.info(
                    "lost the connection to a peer's hub",
                    metadata: ["peer": "\(self.server.id)", "dropped": "\(self.outbox.counts.dropped)"]
                )
            } catch {
                // Peers that are down are normal; the first try of a row is worth a line, the rest is not.
                self.logger.log(
                    level: failures == 0 ? .notice : .debug,
                    "a peer's hub cannot be reached: \(error)",
                    metadata: ["peer": "\(self.server.id)", "address": "\(self.server.address)"]
                )
            }
            failures += 1
            let end = self.clock.now + Self.pause.after(failures: failures)
            if await self.wake.pause(until: end, clock: self.clock) { failures = 0 }
        }
    }

    /// One try; the channel's handlers are in place when it returns.
    func connect() async throws -> any Channel {
        let address = try HostAndPort(self.server.address)
        let future = UpgradeClient.connect(
            host: address.host,
            port: address.port,
            path: PeerRoute.pubsub.rawValue,
            protocolName: "pubsub",
            tls: self.identity.peerTLS,
            group: MultiThreadedEventLoopGroup.singleton,
            timeout: Self.connectTimeout
        ) { [identity = self.identity, server = self.server, outbox = self.outbox] channel in
            channel.eventLoop.makeCompletedFuture {
                let operations = channel.pipeline.syncOperations
                let tls = try operations.handler(type: NIOSSLClientHandler.self)
                guard let certificate = tls.peerCertificate,
                    try identity.peerID(of: certificate) == server.id
                else { throw WrongPeer(address: server.address, expected: server.id) }
                try operations.addHandler(
                    ByteToMessageHandler(FrameDecoder<PubSubFrame>(limit: PubSubFrame.contentLimit))
                )
                try operations.addHandler(DialledPeerHandler(outbox: outbox))
            }
        }
        let (results, continuation) = AsyncStream.makeStream(of: Result<any Channel, any Error>.self)
        future.whenComplete { continuation.yield($0) }
        for await result in results { return try result.get() }
        // Cancelled: whatever comes of it is not wanted any more.
        future.whenSuccess { $0.close(promise: nil) }
        throw CancellationError()
    }

    private func closed(_ channel: any Channel) async {
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        channel.closeFuture.whenComplete { _ in continuation.finish() }
        for await _ in ends {}
        channel.close(promise: nil)
    }
}

/// Another controller answers where a peer was expected.
struct WrongPeer: Error, CustomStringConvertible {
    var address: String
    var expected: UInt64

    var description: String {
        "the controller at \(self.address) is not \(self.expected), which the cluster expects there: check the addresses"
    }
}
