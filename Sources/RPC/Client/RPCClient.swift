import NIOConcurrencyHelpers
package import NIOCore
import NIOHTTP1
package import NIOSSL
import NIOWebSocket
import Synchronization

/// One connection to a controller's JSON-RPC; any number of calls at a time, from any thread.
///
/// It does not come back once lost: whoever wants that makes a new one.
package final class RPCClient: Sendable {
    private let channel: any Channel
    private let outbox: Outbox<RPCClientSession.Order>
    private let lastID = Atomic<UInt64>(0)

    private init(channel: any Channel, outbox: Outbox<RPCClientSession.Order>) {
        self.channel = channel
        self.outbox = outbox
    }

    deinit { self.outbox.put(.close) }

    /// Connects, shakes hands and upgrades, all within `timeout`.
    ///
    /// - Parameter serverName: the name the controller's certificate must carry: addresses are no names for TLS, so
    ///   every certificate of a cluster carries this one.
    /// - Throws: `RPCConnectError`, also when the task is cancelled.
    package static func connect(
        host: String,
        port: Int,
        path: String = "/api",
        tls: NIOSSLContext,
        serverName: String? = "juju-apiserver",
        group: any EventLoopGroup,
        timeout: Duration = .seconds(10)
    ) async throws(RPCConnectError) -> RPCClient {
        let outbox = NIOLockedValueBox<Outbox<RPCClientSession.Order>?>(nil)
        let upgrader = NIOWebSocketClientUpgrader { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        var headers = HTTPHeaders()
        upgrader.addCustom(upgradeRequestHeaders: &headers)
        let request = UpgradeRequest(
            host: host,
            port: port,
            path: path,
            protocolName: "websocket",
            headers: headers,
            tls: tls,
            serverName: serverName,
            timeout: timeout,
            accept: upgrader.shouldAllowUpgrade
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                let box = try Self.configure(channel)
                outbox.withLockedValue { $0 = box }
            }
        }
        let connected = OneShot<any Channel>()
        request.connect(on: group.next()).whenComplete { result in
            guard !connected.complete(result), case .success(let channel) = result else { return }
            channel.close(promise: nil)
        }
        do {
            let channel = try await withTaskCancellationHandler {
                try await connected.value()
            } onCancel: {
                connected.complete(.failure(RPCConnectError(.cancelled, "\(request.address): cancelled")))
            }
            guard let outbox = outbox.withLockedValue({ $0 }) else {
                preconditionFailure("the upgrade ended before the channel was configured")
            }
            return RPCClient(channel: channel, outbox: outbox)
        } catch {
            throw RPCConnectError(connecting: request.address, cause: error)
        }
    }

    private static func configure(_ channel: any Channel) throws -> Outbox<RPCClientSession.Order> {
        let late = NIOLockedValueBox<Outbox<RPCClientSession.Order>?>(nil)
        let session = RPCClientSession {
            let outbox = late.withLockedValue { outbox in
                // The outbox holds the session, which holds this closure: the ring ends here.
                defer { outbox = nil }
                return outbox
            }
            let undelivered = outbox?.close() ?? []
            for case .call(let call) in undelivered { call.answer(.failure(RPCCallError.connectionClosed)) }
        }
        let bound = NIOLoopBound(session, eventLoop: channel.eventLoop)
        let outbox = Outbox<RPCClientSession.Order>(eventLoop: channel.eventLoop) { bound.value.carryOut($0) }
        late.withLockedValue { $0 = outbox }
        let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: RPCClientSession.maximumBytes))
        try channel.pipeline.syncOperations.addHandlers([decoder, session])
        return outbox
    }

    /// Asks and waits for the answer.
    ///
    /// - Throws: `RPCFailure` when the controller answers with an error; `RPCCallError` when the connection or the
    ///   patience ends first, `CancellationError` when the task does: then it may have been carried out all the same.
    package func call(
        facade: String,
        version: Int,
        method: String,
        params: JSONValue = [:],
        timeout: Duration = .seconds(30)
    ) async throws -> JSONValue {
        try Task.checkCancellation()
        let request = RPCRequest(id: self.nextID(), facade: facade, version: version, method: method, params: params)
        let answer = OneShot<JSONValue>()
        return try await withTaskCancellationHandler {
            self.begin(request, timeout: timeout) { answer.complete($0) }
            return try await answer.value()
        } onCancel: {
            if answer.complete(.failure(CancellationError())) { self.outbox.put(.forget(request.id)) }
        }
    }

    /// Asks without waiting: `answer` is called once, on the connection's event loop, with what `call` would return or
    /// throw; at once and here when the connection is closed already. It must not block.
    package func begin(
        facade: String,
        version: Int,
        method: String,
        params: JSONValue = [:],
        timeout: Duration = .seconds(30),
        answer: @escaping @Sendable (Result<JSONValue, any Error>) -> Void
    ) {
        self.begin(
            RPCRequest(id: self.nextID(), facade: facade, version: version, method: method, params: params),
            timeout: timeout,
            answer: answer
        )
    }

    private func nextID() -> UInt64 { self.lastID.add(1, ordering: .relaxed).newValue }

    private func begin(
        _ request: RPCRequest,
        timeout: Duration,
        answer: @escaping @Sendable (Result<JSONValue, any Error>) -> Void
    ) {
        var message = ByteBuffer()
        message.reserveCapacity(256)
        message.writeMessage(request)
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let call = RPCClientSession.Call(id: request.id, message: message, deadline: deadline, answer: answer)
        if !self.outbox.put(.call(call)) { answer(.failure(RPCCallError.connectionClosed)) }
    }

    /// False once the connection is lost or closed. True may already be out of date.
    package var isOpen: Bool { self.channel.isActive }

    /// Completes when the connection is gone, for whatever reason.
    package var closeFuture: EventLoopFuture<Void> { self.channel.closeFuture }

    /// Says good-bye, closes, and returns when the connection is gone; calls without answers fail.
    package func close() async {
        self.outbox.put(.close)
        // A channel's close future never fails.
        try? await self.channel.closeFuture.get()
    }
}
