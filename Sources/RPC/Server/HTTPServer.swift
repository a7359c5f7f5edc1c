package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// The API's one port: TLS, and behind it JSON-RPC WebSockets, plain answers, and upgrades for peers. Thread-safe.
///
/// It owns the connections it accepts until they are detached; `close` ends those and only those.
package final class HTTPServer: Sendable {
    private let context: ServerContext
    private let listener: any Channel
    private let loops: [NIOLoopBound<ServerConnections>]
    private let eventLoops: [any EventLoop]
    private let ticking: [RepeatedTask]
    /// Where it listens, with the real port even when 0 was asked for.
    package let localAddress: SocketAddress

    private init(
        context: ServerContext,
        listener: any Channel,
        localAddress: SocketAddress,
        eventLoops: [any EventLoop],
        loops: [NIOLoopBound<ServerConnections>],
        ticking: [RepeatedTask]
    ) {
        self.context = context
        self.listener = listener
        self.localAddress = localAddress
        self.eventLoops = eventLoops
        self.loops = loops
        self.ticking = ticking
    }

    /// Listens with one TLS context for good.
    package static func bind(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        tls: NIOSSLContext,
        limits: HTTPServerLimits = .init(),
        logger: Logger,
        router: @escaping HTTPRouter
    ) async throws -> HTTPServer {
        try await self.bind(
            host: host,
            port: port,
            group: group,
            tls: { tls },
            limits: limits,
            logger: logger,
            router: router
        )
    }

    /// Listens on `host` and `port` (0 for any free one); `router` decides about every request.
    ///
    /// `tls` is asked for each connection that is accepted, on its event loop, and must not block: so certificates are
    /// renewed while connections stay.
    ///
    /// - Throws: `HTTPServerError`, whose sentence names the remedy.
    package static func bind(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        tls: @escaping @Sendable () -> NIOSSLContext,
        limits: HTTPServerLimits = .init(),
        logger: Logger,
        router: @escaping HTTPRouter
    ) async throws -> HTTPServer {
        let eventLoops = Array(group.makeIterator())
        var loops: [NIOLoopBound<ServerConnections>] = []
        for eventLoop in eventLoops {
            loops.append(
                try await eventLoop.submit {
                    NIOLoopBound(ServerConnections(eventLoop: eventLoop), eventLoop: eventLoop)
                }
                .get()
            )
        }
        let byLoop = Dictionary(uniqueKeysWithValues: zip(eventLoops.map { ObjectIdentifier($0) }, loops))
        let context = ServerContext(limits: limits, router: router, logger: logger, loops: byLoop)
        let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
            low: limits.writeBufferLow,
            high: limits.writeBufferHigh
        )
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls()))
                    try Self.configure(channel, context: context)
                }
            }
        let listener: any Channel
        do {
            listener = try await bootstrap.bind(host: host, port: port).get()
        } catch {
            throw HTTPServerError(binding: host, port: port, cause: error)
        }
        guard let localAddress = listener.localAddress else {
            throw HTTPServerError(binding: host, port: port, cause: ChannelError.alreadyClosed)
        }
        let ticking = zip(eventLoops, loops).map { eventLoop, connections in
            let interval = limits.tickInterval
            return eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
                connections.value.tick(now: .now())
            }
        }
        return HTTPServer(
            context: context,
            listener: listener,
            localAddress: localAddress,
            eventLoops: eventLoops,
            loops: loops,
            ticking: ticking
        )
    }

    /// Makes a new channel speak HTTP; what is below, TLS or nothing in tests, is the caller's.
    static func configure(_ channel: any Channel, context: ServerContext) throws {
        guard let (id, isOverLimit) = context.admit() else { throw HTTPServerError.tooManyConnections }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = context.limits.requestHeadBytes
        limits.maxHeaderListSize = context.limits.requestHeadBytes
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
            maximumBufferSize: max(context.limits.requestHeadBytes, 1 << 16)
        )
        let encoder = HTTPResponseEncoder()
        let handler = HTTPConnectionHandler(
            server: context,
            id: id,
            isOverLimit: isOverLimit,
            codec: [decoder, encoder]
        )
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, handler])
    }

    /// How many connections belong to the server now, handshakes included and detached ones not.
    package var connectionCount: Int { self.context.connectionCount }

    /// Returns once nothing listens any more, asked for or not, or when the task is cancelled; the connections may be
    /// there still.
    package func listenerClosed() async {
        let (closing, continuation) = AsyncStream.makeStream(of: Never.self)
        self.listener.closeFuture.whenComplete { _ in continuation.finish() }
        for await _ in closing {}
    }

    /// Closes the listening socket; the connections stay.
    package func stopAccepting() async {
        // Closing what is closed already is no failure.
        try? await self.listener.close().get()
    }

    /// Stops: no new connections or requests, running requests are answered for at most `grace`, then every connection
    /// is closed. Returns when they are gone, at the latest a moment after `grace`. May be called again.
    package func close(grace: Duration) async {
        await self.stopAccepting()
        let grace = TimeAmount(grace)
        let closed = zip(self.eventLoops, self.loops).map { eventLoop, connections in
            let promise = eventLoop.makePromise(of: Void.self)
            let deadline = NIODeadline.now() + grace
            eventLoop.execute { connections.value.drain(promise) }
            let abort = eventLoop.scheduleTask(deadline: deadline) { connections.value.abort() }
            let cut = eventLoop.scheduleTask(deadline: deadline + self.context.limits.closeTimeout) {
                connections.value.cut()
            }
            // TLS has its own patience when it closes; ours ends here.
            let giveUp = eventLoop.scheduleTask(deadline: deadline + self.context.limits.closeTimeout + .seconds(1)) {
                connections.value.forgetWaiting()
            }
            return promise.futureResult.always { _ in
                abort.cancel()
                cut.cancel()
                giveUp.cancel()
            }
        }
        for future in closed { try? await future.get() }
        for task in self.ticking { task.cancel() }
    }
}

extension HTTPServerLimits {
    /// How often connections are looked at for what they wait for: fine enough for the shortest timeout.
    fileprivate var tickInterval: TimeAmount {
        let shortest = [
            self.firstRequestTimeout, self.keepAliveTimeout, self.pingInterval, self.slowReaderTimeout,
            self.closeTimeout,
        ].reduce(TimeAmount.seconds(4), min)
        return max(.milliseconds(10), .nanoseconds(shortest.nanoseconds / 4))
    }
}
