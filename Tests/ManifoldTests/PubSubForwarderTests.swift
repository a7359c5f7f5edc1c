import AgentResources
import ClusterIdentity
import DependencyEngine
import Hub
import Logging
import NIOCore
import NIOPosix
import RPC
import Testing

@testable import PubSubForwarderManifold

private struct Word: HubPayload, Hashable {
    var text: String
    var approximateBytes: Int { self.text.utf8.count }

    init(_ text: String) { self.text = text }
    init(hubBytes: [UInt8]) { self.text = String(decoding: hubBytes, as: UTF8.self) }
    func hubBytes() -> [UInt8] { Array(self.text.utf8) }
}

private let words = Topic<Word>("words")

/// One controller's hub and forwarder.
private struct Node {
    let hub: Hub
    let forwarder: PubSubForwarderWorker
    let setAPIServer: @Sendable ((any APIServer)?) -> Void
    let running: RunningWorker

    init(_ identity: ControllerIdentity, _ port: ControllerPort?, clock: any UptimeClock = .system) {
        let (handle, set) = Deferred<any APIServer>.standalone(port)
        self.hub = Hub(controller: identity.id)
        self.setAPIServer = set
        self.forwarder = PubSubForwarderWorker(
            identity: identity,
            hub: self.hub,
            apiServer: handle,
            clock: clock
        )
        self.running = RunningWorker(self.forwarder)
    }

    func listen() -> Subscription<HubMessage<Word>> { self.hub.subscribe(to: words, name: "test") }

    /// True once every peer's connection takes frames.
    func reaches(_ peers: UInt64...) async {
        for peer in peers {
            let outbox = self.forwarder.outboxes[peer]
            await eventually { outbox?.isOpen ?? false }
        }
    }
}

@Suite(.timeLimit(.minutes(1)), .serialized) struct PubSubForwarderTests {
    @Test("what is published on one controller is seen on the others, targeted messages on their target only")
    func forwards() async throws {
        let cluster = try await TestControllers(count: 3)
        let nodes = zip(cluster.identities, cluster.ports).map { Node($0, $1) }
        await nodes[0].reaches(2, 3)
        let second = nodes[1].listen()
        let third = nodes[2].listen()
        nodes[0].hub.publish(Word("third"), on: words, to: 3)
        nodes[0].hub.publish(Word("local"), on: words, localOnly: true)
        nodes[0].hub.publish(Word("all"), on: words)
        #expect(await second.next()?.payload == Word("all"))
        #expect(await third.next()?.payload == Word("third"))
        let last = await third.next()
        #expect(last?.payload == Word("all"))
        #expect(last?.origin == 1)
        for node in nodes { try await node.running.stop() }
        await cluster.close()
    }

    @Test("a peer that comes back is connected again; what was published meanwhile is dropped and counted")
    func reconnects() async throws {
        let cluster = try await TestControllers(count: 3)
        let first = Node(cluster.identities[0], cluster.ports[0])
        let before = Node(cluster.identities[1], cluster.ports[1])
        await first.reaches(2)
        try await before.running.stop()
        let outbox = try #require(first.forwarder.outboxes[2])
        await eventually { !outbox.isOpen }
        let dropped = outbox.counts.dropped
        first.hub.publish(Word("lost"), on: words, to: 2)
        await eventually { outbox.counts.dropped == dropped + 1 }
        let after = Node(cluster.identities[1], cluster.ports[1])
        let heard = after.listen()
        await first.reaches(2)
        first.hub.publish(Word("again"), on: words, to: 2)
        #expect(await heard.next()?.payload == Word("again"))
        try await first.running.stop()
        try await after.running.stop()
        await cluster.close()
    }

    @Test("a peer that dials is dialled at once, however long the pause would have been")
    func wokenDialler() async throws {
        let cluster = try await TestControllers(count: 3)
        // Time stands still, so a pause ends by being woken or never.
        let clock = VirtualClock()
        let first = Node(cluster.identities[0], cluster.ports[0], clock: clock)
        await eventually { clock.sleepers == 2 && cluster.ports[0].accepts }
        let second = Node(cluster.identities[1], cluster.ports[1])
        await first.reaches(2)
        #expect(first.forwarder.outboxes[3]?.isOpen == false)
        try await first.running.stop()
        try await second.running.stop()
        await cluster.close()
    }

    @Test("a peer that is away is dialled about once a second at least")
    func longestPause() {
        #expect(PeerDialer.pause.after(failures: 100) <= .seconds(1))
    }

    @Test("connections outlive the API server they came through, and a new one is listened on")
    func apiServerBounce() async throws {
        let cluster = try await TestControllers(count: 3)
        let first = Node(cluster.identities[0], nil)
        let second = Node(cluster.identities[1], cluster.ports[1])
        await first.reaches(2)
        let heard = second.listen()
        // The dialler's end is open before the other is handed over; a message heard shows that both are.
        first.hub.publish(Word("here"), on: words)
        #expect(await heard.next()?.payload == Word("here"))
        second.setAPIServer(nil)
        await cluster.ports[1].close()
        first.hub.publish(Word("still here"), on: words)
        #expect(await heard.next()?.payload == Word("still here"))
        let next = try await ControllerPort(cluster.identities[1])
        second.setAPIServer(next)
        await eventually { next.accepts }
        try await second.running.stop()
        #expect(!next.accepts)
        try await first.running.stop()
        await next.close()
        await cluster.close()
    }

    @Test("a message that names another controller as its origin closes the connection")
    func forgedOrigin() async throws {
        let cluster = try await TestControllers(count: 3)
        let node = Node(cluster.identities[0], cluster.ports[0])
        await eventually { cluster.ports[0].accepts }
        let heard = node.listen()
        let address = try HostAndPort(cluster.ports[0].address)
        let channel = try await UpgradeClient.connect(
            host: address.host,
            port: address.port,
            path: "/pubsub",
            protocolName: "pubsub",
            tls: cluster.identities[2].peerTLS,
            group: MultiThreadedEventLoopGroup.singleton
        ) { $0.eventLoop.makeSucceededVoidFuture() }.get()
        func send(_ text: String, from origin: UInt64) async throws {
            let message = ForwardedMessage(topic: "words", origin: origin, target: nil, bytes: Array(text.utf8))
            try await channel.writeAndFlush(try #require(PubSubFrame.message(message).encoded()))
        }
        try await send("true", from: 3)
        #expect(await heard.next()?.payload == Word("true"))
        try await send("forged", from: 2)
        try await channel.closeFuture.get()
        #expect(node.hub.report().received == 1)
        try await node.running.stop()
        await cluster.close()
    }

    @Test("another controller at a peer's address is not spoken to")
    func wrongPeer() async throws {
        let cluster = try await TestControllers(count: 3)
        var servers = cluster.identities[0].servers
        servers[1].address = cluster.ports[2].address
        let third = Node(cluster.identities[2], cluster.ports[2])
        await eventually { cluster.ports[2].accepts }
        let outbox = PeerOutbox()
        let dialer = PeerDialer(
            server: servers[1],
            identity: cluster.identities[0],
            outbox: outbox,
            clock: .system,
            logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await #expect(throws: (any Error).self) { try await dialer.connect() }
        #expect(!outbox.isOpen)
        try await third.running.stop()
        await cluster.close()
    }
}
