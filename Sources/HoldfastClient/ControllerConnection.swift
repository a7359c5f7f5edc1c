import NIOCore
import NIOSSL
package import RPC

/// One logged-in connection to one controller. Thread-safe; it does not come back once lost.
public final class ControllerConnection: Sendable {
    /// `host:port` as configured.
    public let address: String
    /// The controllers' version, if told.
    public let serverVersion: String?
    private let rpc: RPCClient
    private let globalTime: GlobalTimeEstimate
    private let keepAlive: Task<Void, Never>

    private init(address: String, serverVersion: String?, rpc: RPCClient, globalTime: GlobalTimeEstimate) {
        self.address = address
        self.serverVersion = serverVersion
        self.rpc = rpc
        self.globalTime = globalTime
        self.keepAlive = Task { await Self.keepAlive(rpc) }
    }

    deinit { self.keepAlive.cancel() }

    /// How to connect, the same for all controllers of a cluster.
    struct Settings: Sendable {
        var configuration: ClientConfiguration
        var tls: NIOSSLContext
        var group: any EventLoopGroup
        /// For TCP, TLS and upgrade, and again for the login.
        var timeout: Duration
        /// What the controllers tell of it, over all connections.
        let globalTime = GlobalTimeEstimate()

        init(_ configuration: ClientConfiguration, group: any EventLoopGroup, timeout: Duration)
            throws(LeaseClientError)
        {
            self.configuration = configuration
            self.group = group
            self.timeout = timeout
            do {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.minimumTLSVersion = .tlsv12
                tls.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMBytes(Array(configuration.caCertificate.utf8))
                )
                self.tls = try NIOSSLContext(configuration: tls)
            } catch {
                throw LeaseClientError(.configuration, "\"ca-certificate\" is no PEM certificate", cause: error)
            }
        }
    }

    /// Connects to `address` and logs in.
    ///
    /// - Throws: `LeaseClientError`, or `CancellationError`.
    static func connect(to address: String, _ settings: Settings) async throws -> ControllerConnection {
        guard let endpoint = ControllerAddress(address) else {
            throw LeaseClientError(.configuration, "\"\(address)\" is not host:port")
        }
        let model = settings.configuration.model
        let rpc: RPCClient
        do {
            rpc = try await RPCClient.connect(
                host: endpoint.host,
                port: endpoint.port,
                path: model.isEmpty ? "/api" : "/model/\(model)/api",
                tls: settings.tls,
                group: settings.group,
                timeout: settings.timeout
            )
        } catch {
            try Task.checkCancellation()
            throw LeaseClientError(error)
        }
        do {
            let login = try await Self.logIn(rpc, settings)
            if let time = login["global-time-ms"]?.int { settings.globalTime.told(time) }
            return ControllerConnection(
                address: address,
                serverVersion: login["server-version"]?.string,
                rpc: rpc,
                globalTime: settings.globalTime
            )
        } catch {
            await rpc.close()
            throw error
        }
    }

    private static func logIn(_ rpc: RPCClient, _ settings: Settings) async throws -> JSONValue {
        let configuration = settings.configuration
        let params: JSONValue = [
            "auth-tag": .string(configuration.account), "credentials": .string(configuration.token), "nonce": "",
            "macaroons": [],
        ]
        do {
            return try await rpc.call(
                facade: "Admin",
                version: 3,
                method: "Login",
                params: params,
                timeout: settings.timeout
            )
        } catch let failure as RPCFailure where failure.code == "unauthorized access" {
            throw LeaseClientError(
                .unauthorized,
                "\(configuration.account) is refused (\(failure.message)): check account and token in the configuration",
                protocolCode: failure.code,
                cause: failure
            )
        } catch {
            throw Self.described(error)
        }
    }

    /// Asks any facade of the controller.
    ///
    /// - Throws: `LeaseClientError`, or `CancellationError`. With code `unreachable` or `timedOut` the request may have
    ///   been carried out all the same.
    package func call(
        facade: String,
        version: Int,
        method: String,
        params: JSONValue = [:],
        timeout: Duration = .seconds(30)
    ) async throws -> JSONValue {
        do {
            let answer = try await self.rpc.call(
                facade: facade,
                version: version,
                method: method,
                params: params,
                timeout: timeout
            )
            if facade == "Lease", let time = answer["global-time-ms"]?.int { self.globalTime.told(time) }
            return answer
        } catch {
            throw Self.described(error, at: self.address)
        }
    }

    private static func described(_ error: any Error, at address: String? = nil) -> any Error {
        let prefix = address.map { "\($0): " } ?? ""
        switch error {
        case let failure as RPCFailure: return LeaseClientError(failure)
        case let error as RPCCallError:
            let code: LeaseClientError.Code = error.code == .timedOut ? .timedOut : .unreachable
            return LeaseClientError(code, prefix + error.message, cause: error)
        default: return error
        }
    }

    /// False once the connection is lost or closed. True may already be out of date.
    public var isOpen: Bool { self.rpc.isOpen }

    /// Closes and returns when the connection is gone; calls without answers fail.
    public func close() async {
        self.keepAlive.cancel()
        await self.rpc.close()
    }

    /// Closes without waiting.
    func discard() {
        self.keepAlive.cancel()
        let rpc = self.rpc
        // Owned by nobody, as it ends by itself within a second.
        Task { await rpc.close() }
    }

    /// Pings as the protocol asks, and closes what does not answer.
    private static func keepAlive(_ rpc: RPCClient) async {
        while !Task.isCancelled, rpc.isOpen {
            do {
                try await Task.sleep(for: .seconds(60), clock: .continuous)
                _ = try await rpc.call(facade: "Pinger", version: 1, method: "Ping", timeout: .seconds(30))
            } catch {
                break
            }
        }
        await rpc.close()
    }
}
