/// Which peers a snapshot is on its way to.
///
/// Heartbeats that start at the snapshot are rejected until it has landed, and each rejection makes the core ask for
/// the whole snapshot again; so there is one transfer a peer and repeats are dropped.
struct NodeTransfers {
    private struct Transfer {
        var index: LogIndex
        /// When it may be sent again although nothing was heard of it.
        var expiry: Milliseconds
    }

    private var transfers: [ServerID: Transfer] = [:]

    /// Whether the snapshot at `index` may be sent to `peer` now; if so it counts as on its way until `expiry`.
    mutating func begin(to peer: ServerID, index: LogIndex, now: Milliseconds, expiry: Milliseconds) -> Bool {
        if let running = self.transfers[peer], now < running.expiry { return false }
        self.transfers[peer] = Transfer(index: index, expiry: expiry)
        return true
    }

    /// The peer has everything up to `index` on its disk.
    mutating func acknowledged(by peer: ServerID, upTo index: LogIndex) {
        if let running = self.transfers[peer], index >= running.index { self.transfers[peer] = nil }
    }

    /// The bytes left whole: the peer has until `expiry` to answer.
    mutating func delivered(to peer: ServerID, expiry: Milliseconds) {
        self.transfers[peer]?.expiry = expiry
    }

    /// The bytes did not arrive.
    mutating func failed(to peer: ServerID) { self.transfers[peer] = nil }

    /// Leadership is lost: others send now.
    mutating func removeAll() { self.transfers.removeAll() }
}
