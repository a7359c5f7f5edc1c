package import NIOCore
import NIOPosix
package import RPC

/// A client of a cluster: claims, keeps and watches leases through whichever controller answers. Thread-safe.
///
/// It connects when first used, moves to another controller when one is lost, and asks again under the same operation
/// id, so that nothing is done twice. `close` it when done.
///
/// ```swift
/// let client = try LeaseClient(.loadFromEnvironment())
/// try await client.withLease("db", holder: "me", for: .seconds(30)) { lease in
///     try await write(fencedBy: lease.token)
/// }
/// await client.close()
/// ```
public final class LeaseClient: Sendable {
    /// How long a call waits for its outcome unless told otherwise.
    public static let defaultTimeout = Duration.seconds(5)
    /// How much longer an answer may take than the controller was given.
    private static let answerSlack = Duration.seconds(2)

    let pool: ControllerPool
    let retries = RetryBudget()

    /// A client for the cluster `configuration` describes; nothing is connected yet.
    public convenience init(_ configuration: ClientConfiguration) throws(LeaseClientError) {
        try self.init(configuration, group: MultiThreadedEventLoopGroup.singleton)
    }

    /// A client whose connections live on `group`.
    package init(
        _ configuration: ClientConfiguration,
        group: any EventLoopGroup,
        connectTimeout: Duration = .seconds(5)
    ) throws(LeaseClientError) {
        try configuration.validate()
        self.pool = ControllerPool(try .init(configuration, group: group, timeout: connectTimeout))
    }

    /// The configuration given.
    public var configuration: ClientConfiguration { self.pool.settings.configuration }

    /// Closes the connection; calls without answers fail, and so do all later ones.
    public func close() async { await self.pool.close() }

    /// The connection in use, made if there is none.
    ///
    /// - Throws: `LeaseClientError`, or `CancellationError`.
    public func connection(timeout: Duration = LeaseClient.defaultTimeout) async throws -> ControllerConnection {
        try await self.pool.connection(deadline: .now + timeout)
    }

    /// Asks any facade of any controller, and another controller when that one is lost: only for what may be done twice.
    package func call(
        facade: String,
        version: Int,
        method: String,
        params: JSONValue = [:],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> JSONValue {
        let deadline = ContinuousClock.now + timeout
        return try await self.retrying(until: deadline) { connection, remaining in
            try await connection.call(
                facade: facade,
                version: version,
                method: method,
                params: params,
                timeout: remaining
            )
        }
    }

    /// Calls `attempt` until it succeeds, fails for good, or `deadline` has passed, over other connections when one is
    /// lost.
    func retrying<Value>(
        until deadline: ContinuousClock.Instant,
        _ attempt: (ControllerConnection, _ remaining: Duration) async throws -> Value
    ) async throws -> Value {
        var backoff = Backoff()
        while true {
            let connection = try await self.pool.connection(deadline: deadline)
            do {
                let remaining = max(deadline - .now, .milliseconds(1))
                return try await attempt(connection, remaining + Self.answerSlack)
            } catch let error as LeaseClientError where error.isTransient {
                // A controller that says it cannot just now is no worse than the others; one that is silent may be.
                if error.code != .refused { await self.pool.leave(connection) }
                let pause = backoff.pause()
                guard ContinuousClock.now + pause < deadline, self.retries.spend() else { throw error }
                try await Task.sleep(for: pause, clock: .continuous)
            }
        }
    }
}
