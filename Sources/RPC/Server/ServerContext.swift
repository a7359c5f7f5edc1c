import Logging
import NIOCore
import Synchronization

/// What all connections of one server share. Thread-safe.
final class ServerContext: Sendable {
    /// Connections above the limit that are still heard, so that a peer controller gets in while clients are refused.
    static let reserve = 64

    let limits: HTTPServerLimits
    let router: HTTPRouter
    let logger: Logger
    private let loops: [ObjectIdentifier: NIOLoopBound<ServerConnections>]
    private let open = Atomic<Int>(0)
    private let lastID = Atomic<UInt64>(0)

    init(
        limits: HTTPServerLimits,
        router: @escaping HTTPRouter,
        logger: Logger,
        loops: [ObjectIdentifier: NIOLoopBound<ServerConnections>]
    ) {
        self.limits = limits
        self.router = router
        self.logger = logger
        self.loops = loops
    }

    /// How many connections belong to the server now.
    var connectionCount: Int { self.open.load(ordering: .acquiring) }

    /// The connections of `eventLoop`; to be called on it.
    func connections(on eventLoop: any EventLoop) -> ServerConnections {
        guard let connections = self.loops[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a channel of an event loop the server was not bound with")
        }
        return connections.value
    }

    /// Counts a new connection in and gives it an id; `nil` when there are far too many.
    func admit() -> (id: UInt64, isOverLimit: Bool)? {
        let count = self.open.add(1, ordering: .relaxed).newValue
        guard count <= self.limits.connections + Self.reserve else {
            self.open.subtract(1, ordering: .relaxed)
            return nil
        }
        return (self.lastID.add(1, ordering: .relaxed).newValue, count > self.limits.connections)
    }

    /// The connection is gone or belongs to somebody else.
    func release(id: UInt64, on eventLoop: any EventLoop) {
        let connections = self.connections(on: eventLoop)
        guard connections.contains(id: id) else { return }
        // Counted out first: whoever waits for the last one to go looks at the count next.
        self.open.subtract(1, ordering: .releasing)
        connections.remove(id: id)
    }
}
