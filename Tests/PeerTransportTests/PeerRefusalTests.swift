import ClusterIdentity
import Consensus
import Framing
import Logging
import NIOCore
import NIOEmbedded
import PeerTransport
import Testing

@Suite struct PeerRefusalTests {
    /// What a listener, controller 2 of "cluster", answers to bytes from the controller whose certificate says 1.
    private static func answer(to bytes: ByteBuffer) throws -> (frames: [PeerFrame], isOpen: Bool) {
        let acceptor = PeerAcceptor(
            clusterID: "cluster",
            local: ServerID(2),
            members: [ServerID(1), ServerID(2)],
            options: PeerOptions(),
            logger: Logger(label: "peer") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try acceptor.accept(channel, peer: ServerID(1)).wait()
        try channel.writeInbound(bytes)
        channel.embeddedEventLoop.run()
        let isOpen = channel.isActive
        let decoder = EmbeddedChannel(handler: ByteToMessageHandler(FrameDecoder<PeerFrame>(limit: 1 << 20)))
        while let written = try channel.readOutbound(as: ByteBuffer.self) { try decoder.writeInbound(written) }
        var frames: [PeerFrame] = []
        while let frame = try decoder.readInbound(as: PeerFrame.self) { frames.append(frame) }
        _ = try? channel.finish()
        _ = try? decoder.finish()
        return (frames, isOpen)
    }

    private static func hello(
        cluster: String = "cluster",
        sender: UInt64 = 1,
        receiver: UInt64 = 2,
        version: UInt16 = 1
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeFrame(.hello) {
            PeerHello(
                clusterID: cluster,
                sender: Server(id: ServerID(sender), address: "a:1"),
                receiver: ServerID(receiver),
                version: version
            ).write(to: &$0)
        }
        return buffer
    }

    @Test("the right hello is welcome")
    func welcome() throws {
        let (frames, isOpen) = try Self.answer(to: Self.hello())
        #expect(frames.map(\.kind) == [.welcome])
        #expect(isOpen)
    }

    @Test(
        "a hello of another cluster, sender, receiver or version is refused with the reason",
        arguments: [
            (PeerRefusalTests.hello(cluster: "other"), "cluster other"),
            (PeerRefusalTests.hello(sender: 3), "certificate names controller 1 and the hello controller 3"),
            (PeerRefusalTests.hello(receiver: 3), "looks for controller 3"),
            (PeerRefusalTests.hello(version: 9), "version 9"),
        ]
    )
    func refusals(hello: ByteBuffer, reason: String) throws {
        let (frames, isOpen) = try Self.answer(to: hello)
        #expect(frames.map(\.kind) == [.refusal])
        #expect(String(buffer: try #require(frames.first).payload).contains(reason))
        #expect(!isOpen)
    }

    @Test("a connection that begins with something else is refused", arguments: PeerFrame.Kind.allCases)
    func noHello(kind: PeerFrame.Kind) throws {
        var bytes = ByteBuffer()
        bytes.writeFrame(kind) { _ in }
        let (frames, isOpen) = try Self.answer(to: bytes)
        #expect(frames.map(\.kind) == [.refusal])
        #expect(!isOpen)
    }

    @Test("after the hello, frames that have no place and bytes that are no frames end the connection")
    func afterHello() throws {
        for kind in PeerFrame.Kind.allCases {
            var bytes = Self.hello()
            bytes.writeFrame(kind) { $0.writeString("nonsense") }
            let (frames, isOpen) = try Self.answer(to: bytes)
            #expect(frames.map(\.kind) == [.welcome, .refusal], "\(kind)")
            #expect(!isOpen, "\(kind)")
        }
        var bytes = Self.hello()
        bytes.writeBytes([0, 0, 0, 2, 1, 2, 3, 4, 5, 6])
        #expect(try Self.answer(to: bytes).isOpen == false)
    }

    @Test("a peer that says nothing is closed when its time is over")
    func silence() throws {
        let acceptor = PeerAcceptor(
            clusterID: "cluster",
            local: ServerID(2),
            members: [ServerID(1)],
            options: PeerOptions(),
            logger: Logger(label: "peer") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try acceptor.accept(channel, peer: ServerID(1)).wait()
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }
}
