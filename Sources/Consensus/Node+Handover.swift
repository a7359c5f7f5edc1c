/// Leadership on its way to a peer.
struct NodeHandover {
    /// Who shall lead; `nil` is whoever has the whole log first.
    var target: ServerID?
    /// When to give up.
    var deadline: Milliseconds
    /// The core was asked, and is waiting for the peer to take over.
    var isRunning = false
}

extension Node {
    /// Begins to hand leadership over, if this node has it. While one is under way another joins it.
    mutating func handOver(to target: ServerID?, now: Milliseconds) {
        guard self.core.role == .leader else {
            self.actions.append(.transferEnded(true))
            return
        }
        let peers = self.core.configuration.servers.map(\.id).filter { $0 != self.server.id }
        guard !peers.isEmpty, target.map(peers.contains) ?? true else {
            self.actions.append(.transferEnded(false))
            return
        }
        guard self.handover == nil else { return }
        self.handover = NodeHandover(target: target, deadline: now + self.options.transferTimeout)
    }

    /// Goes on with a handover: waits until a peer has the whole log, since the core asks it to stand at its next
    /// acknowledgement whether it has or not, asks only once, and accepts nothing meanwhile.
    mutating func progressHandover(now: Milliseconds) {
        guard var handover = self.handover else { return }
        guard self.core.role == .leader else { return self.endHandover(true) }
        guard now < handover.deadline else { return self.endHandover(false) }
        // The core gives up by itself after an election timeout.
        if handover.isRunning, self.core.transferee == nil { handover.isRunning = false }
        self.handover = handover
        guard !handover.isRunning, let peer = self.successor(to: handover.target, now: now) else { return }
        self.handover?.isRunning = true
        self.step(.transfer(to: peer), now: now)
        if !self.isHalted, self.core.role != .leader { self.endHandover(true) }
    }

    private mutating func endHandover(_ succeeded: Bool) {
        self.handover = nil
        self.actions.append(.transferEnded(succeeded))
    }

    /// The peer heard last among those that have the whole log and were heard within an election timeout.
    private func successor(to target: ServerID?, now: Milliseconds) -> ServerID? {
        var best: (peer: ServerID, heard: Milliseconds)?
        for peer in self.core.configuration.servers.map(\.id) where peer != self.server.id {
            guard target == nil || target == peer, let heard = self.contacts[peer],
                heard + self.options.core.electionTimeout > now, heard > best?.heard ?? 0,
                self.core.matchIndex(of: peer) == self.core.lastIndex
            else { continue }
            best = (peer, heard)
        }
        return best?.peer
    }
}
