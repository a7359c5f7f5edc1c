import NIOCore
import NIOPosix
import NIOSSL

/// Sends bytes over TLS and returns everything that comes back until the other end closes.
enum RawHTTP {
    static func exchange(port: Int, _ request: String) async throws -> String {
        let answer = ServerFixture.group.next().makePromise(of: String.self)
        let tls = try ServerFixture.clientTLS()
        let channel = try await ClientBootstrap(group: ServerFixture.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLClientHandler(context: tls, serverHostname: "juju-apiserver"), Collector(answer),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        // The server may close before it has read everything.
        channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
        return try await answer.futureResult.get()
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let answer: EventLoopPromise<String>
        private var bytes = ByteBuffer()

        init(_ answer: EventLoopPromise<String>) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.bytes.writeImmutableBuffer(Self.unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) { self.answer.succeed(String(buffer: self.bytes)) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension String {
    /// The pieces between occurrences of `separator`, empty ones left out.
    func components(of separator: String) -> [String] {
        var pieces: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            pieces.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        pieces.append(String(rest))
        return pieces.filter { !$0.isEmpty }
    }
}
