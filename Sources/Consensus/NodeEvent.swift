/// What the world tells a `Node`.
package enum NodeEvent: Sendable {
    /// The node's `deadline` has come; early and repeated ones do no harm.
    case timeout
    /// A message that the peer `from` proved to have sent.
    case received(Message, from: ServerID)
    /// The write with this ticket, and every one queued before it, is durable.
    case written(WriteTicket)
    /// A write of the log, or of term and vote, failed: the node halts, since it no longer knows its own disk.
    case writeFailed(String)
    /// Bytes for the log. `tag` is the caller's own and comes back in `applied` or `proposalFailed`, exactly once.
    case propose([UInt8], tag: UInt64)
    /// Hand leadership to `to`, or to whoever is nearest; proposals are refused until it ended (`transferEnded`).
    case transferLeadership(to: ServerID?)
    /// The node is about to be stopped: refuse proposals for good, and hand leadership over (`transferEnded`), as often
    /// as it is elected until then.
    case drain
    /// The answer to `takeSnapshot(index)`: the machine's bytes as they were then.
    case snapshotEncoded(index: LogIndex, data: [UInt8])
    /// An `installSnapshot` message to `to` left whole (`delivered`), or was given up.
    case snapshotTransferEnded(to: ServerID, delivered: Bool)
}

/// Names one queued write; later writes have larger tickets.
package struct WriteTicket: Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: WriteTicket, right: WriteTicket) -> Bool { left.rawValue < right.rawValue }
}
