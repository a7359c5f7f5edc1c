/// What a `Node` wants done, in the order it is given.
package enum NodeAction<Output: Sendable>: Sendable {
    /// Make term and vote durable before any later action of the array is begun; a failure is `writeFailed`.
    case saveTermAndVote(Term, ServerID?)
    /// Queue a write behind those before it, and answer `written` once it is durable. Sending does not wait for it.
    case write(LogWrite, WriteTicket)
    /// Send to a peer, in order with what was sent to it before; losing it is allowed, changing it is not. An
    /// `installSnapshot` is answered with `snapshotTransferEnded` in any case.
    case send(Message, to: ServerID)
    /// The machine applied the entry at `index`; `tag` is there when this node proposed it in its present leadership.
    case applied(index: LogIndex, tag: UInt64?, Output)
    /// A proposal of this node came to an end without being seen applied.
    case proposalFailed(tag: UInt64, ProposalFailure)
    /// Role, term, leader or serving changed; indexes alone do not bring one.
    case statusChanged(NodeStatus)
    /// A leader's snapshot replaced the machine; outputs of the entries it covers are not seen here.
    case restored(LogIndex)
    /// Encode a copy of `machine`, which stands at `index` when this array of actions ends, and answer
    /// `snapshotEncoded`. The copy is taken before the next event; the encoding may happen on another thread.
    case takeSnapshot(LogIndex)
    /// A `transferLeadership` or `drain` ended: true when this node does not lead any more.
    case transferEnded(Bool)
    /// The node is finished: stop, and start again from disk if that may help. Every later event is ignored.
    case halt(NodeHalt)
}

/// Why a proposal was not seen applied.
package enum ProposalFailure: Hashable, Sendable {
    /// In no log: this node does not lead; the leader is named when known.
    case notLeader(ServerID?)
    /// In no log: too many entries wait for their commitment, or for this node's disk, already.
    case overloaded
    /// In no log: the payload is larger than the node's options allow.
    case tooLarge
    /// In no log: leadership is being handed over, or the node is about to stop.
    case draining
    /// It was in this node's log when leadership was lost; it may still be committed by the next leader.
    case unknown
}
