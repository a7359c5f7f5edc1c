import Consensus

/// A network that loses, repeats, delays, reorders and divides.
extension Simulation {
    /// Puts a message on its way, or loses it.
    func send(_ message: Message, from controller: SimulatedController, to peer: ServerID) throws(Violation) {
        self.report.totals.messages += 1
        try self.check(message, from: controller, to: peer)
        let to = Int(peer.rawValue) - 1
        var isSnapshot = false
        if case .installSnapshot = message { isSnapshot = true }
        let isBlocked = self.weather.blocked[controller.index][to]
        guard !isBlocked, !self.random.chance(permille: self.weather.loss) else {
            if isSnapshot { self.snapshotEnds(controller, to: to, delivered: self.random.chance(permille: 300)) }
            return
        }
        let message = try self.carried(message)
        let arrival = self.arrival()
        self.queue.schedule(.deliver(message, from: controller.index, to: to), at: arrival)
        if isSnapshot {
            self.queue.schedule(
                .snapshotEnded(controller.index, life: controller.life, to: to, delivered: true),
                at: arrival
            )
        }
        if self.random.chance(permille: self.weather.duplication) {
            self.queue.schedule(.deliver(message, from: controller.index, to: to), at: self.arrival())
        }
    }

    /// The message as bytes carry it.
    private func carried(_ message: Message) throws(Violation) -> Message {
        do {
            let carried = try Message(decoding: try message.encoded())
            if carried == message { return carried }
        } catch {
            throw Violation("\(message) cannot be carried: \(error)")
        }
        throw Violation("\(message) is changed by its encoding")
    }

    /// When something sent now arrives, if it does.
    func arrival() -> UInt64 { self.now + 1 + self.random.pick(0...self.weather.delay) }

    private func snapshotEnds(_ controller: SimulatedController, to peer: Int, delivered: Bool) {
        self.queue.schedule(
            .snapshotEnded(controller.index, life: controller.life, to: peer, delivered: delivered),
            at: self.now + self.random.pick(1...500)
        )
    }

    /// A leader never goes back behind what a peer has acknowledged.
    private func check(
        _ message: Message,
        from controller: SimulatedController,
        to peer: ServerID
    ) throws(Violation) {
        guard case .appendEntries(let append) = message else { return }
        if let match = controller.node?.matchIndex(of: peer), append.previousIndex < match {
            throw Violation(
                "\(controller.server.id) sends \(peer) entries after \(append.previousIndex), which has up to \(match)"
            )
        }
    }
}
