package import Leases

/// A place in the log's changes of holder, the same on every controller: whoever watches goes on from it at any of them.
package struct WatchCursor: Sendable, Hashable, Comparable {
    /// Of the log entry.
    package var index: UInt64
    /// How many of the entry's changes are behind the cursor.
    package var offset: UInt32

    package init(index: UInt64, offset: UInt32) {
        self.index = index
        self.offset = offset
    }

    package static func < (left: WatchCursor, right: WatchCursor) -> Bool {
        (left.index, left.offset) < (right.index, right.offset)
    }
}

/// Which changes of holder to watch.
package struct WatchQuery: Sendable, Hashable {
    /// `nil` is every namespace.
    package var namespace: String?
    package var model: String
    /// Of the lease's name.
    package var prefix: String
    /// Changes after this one; `nil` is from now on.
    package var after: WatchCursor?
    /// The most changes in one answer.
    package var limit: Int

    package init(namespace: String?, model: String, prefix: String = "", after: WatchCursor? = nil, limit: Int) {
        self.namespace = namespace
        self.model = model
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }
}

/// A change of holder.
package struct LeaseChange: Sendable, Hashable {
    /// What happened to the lease.
    package enum Kind: String, Sendable, Hashable {
        case claimed, expired, revoked
    }

    package var kind: Kind
    package var key: LeaseKey
    /// Who got the lease, or had it.
    package var holder: String
    package var token: FencingToken
    /// Just behind this change.
    package var cursor: WatchCursor

    package init(kind: Kind, key: LeaseKey, holder: String, token: FencingToken, cursor: WatchCursor) {
        self.kind = kind
        self.key = key
        self.holder = holder
        self.token = token
        self.cursor = cursor
    }
}

/// What a watch saw: changes in order, each once, or that some are missing.
package struct WatchAnswer: Sendable, Hashable {
    /// Empty at the timeout, and after a gap with nothing kept behind it.
    package var changes: [LeaseChange]
    /// What to ask with next.
    package var cursor: WatchCursor
    /// Changes between the cursor asked with and these are not known here any more: list the leases anew.
    package var gap: Bool

    package init(changes: [LeaseChange], cursor: WatchCursor, gap: Bool) {
        self.changes = changes
        self.cursor = cursor
        self.gap = gap
    }
}
