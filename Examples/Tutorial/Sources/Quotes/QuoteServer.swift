import DependencyEngine
import NIOCore
import NIOPosix

typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

extension Manifold {
    static var server: Manifold {
        Manifold("server", needs: .settings, .quotes) { settings, quotes in
            QuoteServer(listener: try await QuoteServer.listen(port: settings.port), quotes: quotes)
        }
    }
}

/// Answers every request with a quote.
struct QuoteServer: Worker {
    let listener: NIOAsyncChannel<Client, Never>
    let quotes: QuoteBook

    static func listen(port: Int) async throws -> NIOAsyncChannel<Client, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Client(wrappingChannelSynchronously: channel) }
            }
    }

    func run(_ context: WorkerContext) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                await context.stop.wait()
                // Ends the loop below.
                try? await self.listener.channel.close()
            }
            try await self.listener.executeThenClose { clients in
                for try await client in clients {
                    group.addTask { try? await self.answer(client) }
                }
            }
            group.cancelAll()
        }
    }

    private func answer(_ client: Client) async throws {
        let quote = await self.quotes.any()
        try await client.executeThenClose { requests, response in
            for try await _ in requests {
                try await response.write(ByteBuffer(string: "HTTP/1.0 200 OK\r\n\r\n\(quote)\n"))
                break
            }
        }
    }
}
