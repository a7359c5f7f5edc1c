import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Testing

@testable import RPC

@Suite("The server against good and bad clients", .timeLimit(.minutes(1)))
struct HTTPServerTests {
    private static func request(_ id: Int, method: String = "M", params: String = "{}") -> String {
        #"{"request-id":\#(id),"type":"F","version":1,"request":"\#(method)","params":\#(params)}"#
    }

    // MARK: Frames

    @Test("a message in many fragments with a ping in between is one message")
    func fragments() async throws {
        try await ServerFixture.with { fixture in
            let socket = try await fixture.webSocket()
            let text = Self.request(1, params: #"{"a":"b"}"#)
            var bytes = ByteBuffer()
            for (index, byte) in text.utf8.enumerated() {
                var frame = ByteBuffer()
                let opcode: WebSocketOpcode = index == 0 ? .text : .continuation
                frame.writeWebSocketFrame(opcode, ByteBuffer(bytes: [byte]), mask: .random())
                if index < text.utf8.count - 1 {
                    frame.setInteger(UInt8(webSocketOpcode: opcode), at: frame.readerIndex)
                }
                bytes.writeBuffer(&frame)
                if index == 5 { bytes.writeWebSocketFrame(.ping, ByteBuffer(string: "hello"), mask: .random()) }
            }
            try await socket.send(bytes)
            #expect(await socket.next() == .init(opcode: .pong, text: "hello"))
            #expect(await socket.next() == .init(opcode: .text, text: #"{"request-id":1,"response":{"a":"b"}}"#))
        }
    }

    @Test("a malformed message with an id is answered and the connection goes on")
    func malformedWithID() async throws {
        try await ServerFixture.with { fixture in
            let socket = try await fixture.webSocket()
            try await socket.send(.text, Self.request(5, params: "[1,}"))
            let frame = await socket.next()
            #expect(frame?.text.hasPrefix(#"{"request-id":5,"error":"malformed JSON at byte "#) == true)
            #expect(frame?.text.contains(#""error-code":"not valid""#) == true)
            try await socket.send(.text, Self.request(6))
            #expect(await socket.next()?.text == #"{"request-id":6,"response":{}}"#)
        }
    }

    @Test("what cannot be answered closes the connection with a code and a reason")
    func closes() async throws {
        var limits = HTTPServerLimits()
        limits.frameBytes = 1_000
        limits.messageBytes = 1_500
        try await ServerFixture.with(limits: limits) { fixture in
            func frame(_ opcode: WebSocketOpcode, _ text: String, mask: WebSocketMaskingKey? = .random()) -> ByteBuffer
            {
                var buffer = ByteBuffer()
                buffer.writeWebSocketFrame(opcode, ByteBuffer(string: text), mask: mask)
                return buffer
            }
            var tooLong = frame(.text, String(repeating: " ", count: 900))
            tooLong.setInteger(UInt8(webSocketOpcode: .text), at: 0)
            tooLong.writeImmutableBuffer(frame(.continuation, String(repeating: " ", count: 900)))
            let cutPing = ByteBuffer(bytes: [0x09, 0x80, 0, 0, 0, 0])
            let cases: [(ByteBuffer, Int)] = [
                (frame(.text, "not json"), 1007),
                (frame(.text, #"{"request-id":1,"response":{}}"#), 1002),
                (frame(.binary, Self.request(1)), 1003),
                (frame(.text, Self.request(1), mask: nil), 1002),
                (frame(.text, String(repeating: "x", count: 1_001)), 1009),
                (tooLong, 1009),
                (cutPing, 1002),
            ]
            for (bytes, code) in cases {
                let socket = try await fixture.webSocket()
                try await socket.send(bytes)
                let answer = await socket.next()
                #expect(answer?.closeCode == code)
                #expect(answer?.text.isEmpty == false)
            }
        }
    }

    @Test("the client's close is answered in kind and then the connection ends")
    func closeHandshake() async throws {
        try await ServerFixture.with { fixture in
            let socket = try await fixture.webSocket()
            var close = ByteBuffer()
            close.writeWebSocketFrame(.connectionClose, .webSocketClose(.normalClosure, "bye"), mask: .random())
            try await socket.send(close)
            #expect(await socket.next()?.closeCode == 1000)
            #expect(await socket.next() == nil)
        }
    }

    @Test("random bytes after the upgrade never bring the server down", arguments: 0..<4)
    func randomBytes(seed: UInt64) async throws {
        try await ServerFixture.with { fixture in
            var random = SplitMix64(seed: seed)
            for _ in 0..<20 {
                let socket = try await fixture.webSocket()
                let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
                try await socket.send(ByteBuffer(bytes: bytes))
                try? await socket.channel.close().get()
            }
            let client = try await fixture.client()
            #expect(try await client.call(facade: "F", version: 1, method: "M") == [:])
        }
    }

    // MARK: Back-pressure

    @Test("a connection that asks too much at once is not read until answers went out")
    func tooManyRequests() async throws {
        let kept = NIOLockedValueBox<[RPCReply]>([])
        let (arrived, continuation) = AsyncStream.makeStream(of: Int.self)
        let router = ServerFixture.serving { _ in
            ClosureHandler { _, reply in
                continuation.yield(
                    kept.withLockedValue { kept in
                        kept.append(reply)
                        return kept.count
                    }
                )
            }
        }
        var limits = HTTPServerLimits()
        limits.concurrentRequests = 8
        try await ServerFixture.with(limits: limits, router: router) { fixture in
            let client = try await fixture.client()
            let calls = (0..<100).map { _ in Task { try await client.call(facade: "F", version: 1, method: "M") } }
            var iterator = arrived.makeAsyncIterator()
            for expected in 1...8 { #expect(await iterator.next() == expected) }
            // The others have long been sent or wait in the socket: none is handled before an answer makes room.
            for expected in 9...100 {
                #expect(kept.withLockedValue { $0.count } == expected - 1)
                kept.withLockedValue { $0[expected - 9] }.succeed()
                #expect(await iterator.next() == expected)
            }
            for reply in kept.withLockedValue({ $0 }) { reply.succeed() }
            for call in calls { _ = try await call.value }
        }
    }

    @Test("a client that does not read its answers is not read, and is closed after a while")
    func slowReader() async throws {
        let handled = NIOLockedValueBox(0)
        let answer = JSONValue.string(String(repeating: "x", count: 100_000))
        let (closings, continuation) = AsyncStream.makeStream(of: Void.self)
        let router = ServerFixture.serving { _ in
            ClosureHandler(closed: { continuation.yield() }) { _, reply in
                handled.withLockedValue { $0 += 1 }
                reply.succeed(["a": answer])
            }
        }
        var limits = HTTPServerLimits()
        limits.slowReaderTimeout = .milliseconds(200)
        limits.concurrentRequests = 64
        limits.closeTimeout = .milliseconds(50)
        try await ServerFixture.with(limits: limits, router: router) { fixture in
            let socket = try await fixture.webSocket()
            try await socket.channel.setOption(.autoRead, value: false).get()
            for number in 1...2_000 {
                guard (try? await socket.send(.text, Self.request(number))) != nil else { break }

            }
            var iterator = closings.makeAsyncIterator()
            let isClosed = await iterator.next() != nil
            #expect(isClosed)
            // 2,000 answers would be 200 MB; the sockets' buffers hold a few.
            #expect(handled.withLockedValue { $0 } < 500)
            try? await socket.channel.close().get()
        }
    }

    @Test("a silent connection is pinged, and closed when it stays silent")
    func pings() async throws {
        var limits = HTTPServerLimits()
        limits.pingInterval = .milliseconds(60)
        try await ServerFixture.with(limits: limits) { fixture in
            let socket = try await fixture.webSocket()
            #expect(await socket.next()?.opcode == .ping)
            #expect(await socket.next() == nil)
        }
    }

    // MARK: HTTP

    @Test("plain requests are answered over one connection, whatever the method and path")
    func plain() async throws {
        try await ServerFixture.with { fixture in
            let answers = try await RawHTTP.exchange(
                port: fixture.port,
                "GET /health HTTP/1.1\r\nhost: x\r\n\r\nHEAD /health HTTP/1.1\r\nhost: x\r\n\r\n"
                    + "POST /x?y HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc"
            )
            let parts = answers.components(of: "HTTP/1.1 ")
            #expect(parts.count == 3)
            #expect(parts.first?.hasPrefix("200 OK") == true)
            #expect(parts.first?.hasSuffix("\r\n\r\nrunning\n") == true)
            #expect(parts.dropFirst().first?.hasSuffix("\r\n\r\n") == true)
            #expect(parts.last?.hasPrefix("404") == true)
        }
    }

    /// A bad request under a name short enough for a test report.
    enum BadRequest: String, CaseIterable, Sendable {
        case notHTTP, largeHeader, longAddress, endlessAddress, largeBody, notAnUpgrade, notAGet, noKey, otherUpgrade

        var text: String {
            let long = String(repeating: "y", count: 20_000)
            return switch self {
            case .notHTTP: "nonsense\r\n\r\n"
            case .largeHeader: "GET / HTTP/1.1\r\nx: \(long)\r\n\r\n"
            case .longAddress: "GET /\(long) HTTP/1.1\r\n\r\n"
            case .endlessAddress: "GET /\(String(repeating: long, count: 10))"
            case .largeBody: "POST / HTTP/1.1\r\ncontent-length: 70000\r\n\r\n\(String(repeating: "y", count: 70_000))"
            case .notAnUpgrade: "GET /api HTTP/1.1\r\nhost: x\r\n\r\n"
            case .notAGet: "POST /api HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
            case .noKey: "GET /api HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
            case .otherUpgrade: "GET /health HTTP/1.1\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
            }
        }

        var status: Int {
            switch self {
            case .notHTTP, .noKey: 400
            case .largeHeader, .longAddress, .endlessAddress: 431
            case .largeBody: 413
            case .notAnUpgrade, .notAGet: 426
            case .otherUpgrade: 200
            }
        }
    }

    @Test("a bad request is told what is wrong with it, and the connection ends", arguments: BadRequest.allCases)
    func badRequests(request: BadRequest) async throws {
        try await ServerFixture.with { fixture in
            let answer = try await RawHTTP.exchange(port: fixture.port, request.text)
            #expect(answer.prefix(12) == "HTTP/1.1 \(request.status)")
        }
    }

    @Test("a connection without a request is closed in time")
    func silence() async throws {
        var limits = HTTPServerLimits()
        limits.firstRequestTimeout = .milliseconds(40)
        try await ServerFixture.with(limits: limits) { fixture in
            let answer = try? await RawHTTP.exchange(port: fixture.port, "")
            #expect(answer?.isEmpty != false)
        }
    }

    @Test("a connection without a second request is closed in time")
    func silenceBetweenRequests() async throws {
        var limits = HTTPServerLimits()
        limits.keepAliveTimeout = .milliseconds(80)
        try await ServerFixture.with(limits: limits) { fixture in
            let answer = try await RawHTTP.exchange(port: fixture.port, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(answer.hasSuffix("running\n"))
        }
    }

    @Test("above the limit clients get 503, and peers are still let in")
    func tooManyConnections() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 2
        let echo = ServerFixture.echo()
        let router: HTTPRouter = { request in
            guard request.path == "/raft" else { return echo(request) }
            return .detach(protocolName: "raft") { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        }
        try await ServerFixture.with(limits: limits, router: router) { fixture in
            let clients = [try await fixture.client(), try await fixture.client()]
            await #expect {
                _ = try await fixture.client()
            } throws: {
                ($0 as? RPCConnectError)?.code == .refused(.serviceUnavailable)
            }
            let peer = try await UpgradeClient.connect(
                host: "127.0.0.1",
                port: fixture.port,
                path: "/raft",
                protocolName: "raft",
                tls: try ServerFixture.clientTLS(asPeer: true),
                group: ServerFixture.group
            ) { $0.eventLoop.makeSucceededVoidFuture() }.get()
            try await peer.close()
            await clients[0].close()
            while fixture.server.connectionCount > 1 { await Task.yield() }
            let another = try await fixture.client()
            #expect(try await another.call(facade: "F", version: 1, method: "M") == [:])
            await clients[1].close()
        }
    }

    // MARK: Upgrades to raw bytes

    @Test("a peer's upgrade gives raw bytes both ways, early ones included, and outlives the server")
    func detach() async throws {
        let detached = NIOLockedValueBox<(any Channel)?>(nil)
        let router: HTTPRouter = { _ in
            .detach(protocolName: "raft") { channel, _ in
                detached.withLockedValue { $0 = channel }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Echo())
                }
            }
        }
        try await ServerFixture.with(router: router) { fixture in
            let (bytes, continuation) = AsyncStream.makeStream(of: String.self)
            let channel = try await UpgradeClient.connect(
                host: "127.0.0.1",
                port: fixture.port,
                path: "/raft",
                protocolName: "raft",
                tls: try ServerFixture.clientTLS(asPeer: true),
                group: ServerFixture.group
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(continuation))
                }
            }.get()
            await fixture.server.close(grace: .zero)
            #expect(fixture.server.connectionCount == 0)
            try await channel.writeAndFlush(ByteBuffer(string: "still here"))
            var iterator = bytes.makeAsyncIterator()
            #expect(await iterator.next() == "still here")
            for end in [channel, try #require(detached.withLockedValue { $0 })] {
                let left = try await end.pipeline.containsHTTP()
                #expect(!left)
            }
            try await channel.close()
            try await detached.withLockedValue { $0 }?.closeFuture.get()
        }
    }

    @Test("an upgrade for peers is refused without a certificate, and without asking for it")
    func detachRefused() async throws {
        let router: HTTPRouter = { _ in
            .detach(protocolName: "raft") { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        }
        try await ServerFixture.with(router: router) { fixture in
            func connect(asPeer: Bool, protocolName: String) async -> RPCConnectError? {
                do {
                    _ = try await UpgradeClient.connect(
                        host: "127.0.0.1",
                        port: fixture.port,
                        path: "/raft",
                        protocolName: protocolName,
                        tls: try ServerFixture.clientTLS(asPeer: asPeer),
                        group: ServerFixture.group
                    ) { $0.eventLoop.makeSucceededVoidFuture() }.get()
                    return nil
                } catch {
                    return error as? RPCConnectError
                }
            }
            #expect(await connect(asPeer: false, protocolName: "raft")?.code == .refused(.forbidden))
            #expect(await connect(asPeer: true, protocolName: "other")?.code == .refused(.upgradeRequired))
            #expect(await connect(asPeer: true, protocolName: "raft") == nil)
        }
    }

    @Test("the router and the handler see the peer's certificate, and none when there is none")
    func certificates() async throws {
        let seen = Recorder<Bool>()
        let router = ServerFixture.serving { info in
            seen.append(info.peerCertificate != nil)
            return ClosureHandler { $1.succeed() }
        }
        try await ServerFixture.with(router: router) { fixture in
            for asPeer in [true, false] {
                let client = try await RPCClient.connect(
                    host: "127.0.0.1",
                    port: fixture.port,
                    tls: try ServerFixture.clientTLS(asPeer: asPeer),
                    group: ServerFixture.group
                )
                await client.close()
            }
            #expect(seen.values == [true, false])
        }
    }

    // MARK: Stopping

    @Test("a stop answers what runs, refuses what is new, says good-bye, and then is really over")
    func gracefulStop() async throws {
        let (arrived, continuation) = AsyncStream.makeStream(of: RPCReply.self)
        let router = ServerFixture.serving { _ in ClosureHandler { continuation.yield($1) } }
        try await ServerFixture.with(router: router) { fixture in
            let idle = try await fixture.webSocket()
            let busy = try await fixture.webSocket()
            try await busy.send(.text, Self.request(1))
            var iterator = arrived.makeAsyncIterator()
            let reply = await iterator.next()
            async let closed: Void = fixture.server.close(grace: .seconds(60))
            let goodBye = await idle.next()
            #expect(goodBye?.closeCode == 1001)
            try await idle.channel.close()
            try await busy.send(.text, Self.request(2))
            let refusal = await busy.next()
            #expect(refusal?.text.contains("apiserver shutdown in progress") == true)
            reply?.succeed(["late": true])
            #expect(await busy.next()?.text == #"{"request-id":1,"response":{"late":true}}"#)
            #expect(await busy.next()?.closeCode == 1001)
            try await busy.send(.connectionClose, String(buffer: .webSocketClose(.goingAway, "")))
            await closed
            #expect(fixture.server.connectionCount == 0)
        }
    }

    @Test("a stop waits no longer than its grace for requests that have no answer")
    func grace() async throws {
        let (arrived, continuation) = AsyncStream.makeStream(of: RPCReply.self)
        let router = ServerFixture.serving { _ in ClosureHandler { continuation.yield($1) } }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            let call = Task { try await client.call(facade: "F", version: 1, method: "M") }
            var iterator = arrived.makeAsyncIterator()
            let reply = await iterator.next()
            await fixture.server.close(grace: .milliseconds(20))
            await #expect(throws: RPCCallError.connectionClosed) { try await call.value }
            reply?.succeed()
        }
    }

    @Test("a port in use is named, with what to do about it")
    func portInUse() async throws {
        try await ServerFixture.with { fixture in
            await #expect {
                _ = try await HTTPServer.bind(
                    host: "127.0.0.1",
                    port: fixture.port,
                    group: ServerFixture.group,
                    tls: try ServerFixture.serverTLS(),
                    logger: Logger(label: "test"),
                    router: ServerFixture.echo()
                )
            } throws: {
                let error = $0 as? HTTPServerError
                return error?.code == .portInUse && error?.message.contains("\(fixture.port)") == true
            }
            await #expect {
                _ = try await HTTPServer.bind(
                    host: "192.0.2.1",
                    port: 0,
                    group: ServerFixture.group,
                    tls: try ServerFixture.serverTLS(),
                    logger: Logger(label: "test"),
                    router: ServerFixture.echo()
                )
            } throws: {
                ($0 as? HTTPServerError)?.code == .addressUnknown
            }
        }
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(Self.wrapOutboundOut(Self.unwrapInboundIn(data)), promise: nil)
        }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<String>.Continuation

        init(_ continuation: AsyncStream<String>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.continuation.yield(String(buffer: Self.unwrapInboundIn(data)))
        }
    }
}

extension ChannelPipeline {
    /// Whether anything is left of the time before the upgrade.
    fileprivate func containsHTTP() async throws -> Bool {
        try await self.eventLoop.submit {
            func has<Handler: ChannelHandler>(_ type: Handler.Type) -> Bool {
                (try? self.syncOperations.handler(type: type)) != nil
            }
            return has(HTTPConnectionHandler.self) || has(UpgradeClientHandler.self) || has(HTTPResponseEncoder.self)
                || has(HTTPRequestEncoder.self) || has(ByteToMessageHandler<HTTPRequestDecoder>.self)
                || has(ByteToMessageHandler<HTTPResponseDecoder>.self)
        }.get()
    }
}
