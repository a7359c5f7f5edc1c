/// A controller's number in the cluster; never 0, never used again once its disk is lost.
package struct ServerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: ServerID, right: ServerID) -> Bool { left.rawValue < right.rawValue }
    package var description: String { String(self.rawValue) }
}

/// A Raft term: at most one leader each.
package typealias Term = UInt64
/// A position in the Raft log; the first entry has 1.
package typealias LogIndex = UInt64
/// Milliseconds of a monotonic clock that also counts while the machine sleeps.
package typealias Milliseconds = UInt64

/// A voter and where its peers reach it.
package struct Server: Hashable, Sendable {
    package var id: ServerID
    /// `host:port` of its API server.
    package var address: String

    package init(id: ServerID, address: String) {
        self.id = id
        self.address = address
    }
}

/// The voters, in the order they were bootstrapped with.
package struct ClusterConfiguration: Hashable, Sendable {
    package var servers: [Server]

    package init(servers: [Server]) { self.servers = servers }

    package subscript(id: ServerID) -> Server? { self.servers.first { $0.id == id } }
}
