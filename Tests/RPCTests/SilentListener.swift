import NIOCore
import NIOPosix

/// Accepts connections and says nothing.
struct SilentListener {
    let channel: any Channel

    var port: Int { self.channel.localAddress?.port ?? 0 }

    static func start() async throws -> SilentListener {
        let channel = try await ServerBootstrap(group: ServerFixture.group)
            .childChannelInitializer { channel in channel.eventLoop.makeSucceededVoidFuture() }
            .bind(host: "127.0.0.1", port: 0).get()
        return SilentListener(channel: channel)
    }

    func stop() async { try? await self.channel.close() }
}
