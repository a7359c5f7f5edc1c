// Ways out of the queue that do not lead to the log.

extension AdmissionQueue {
    /// Drops everything whose deadline is `now` or earlier.
    @usableFromInline mutating func expire(now: Int64) {
        guard self.earliestDue <= now else { return }
        self.scratch.removeAll(keepingCapacity: true)
        self.wheel.findDue(at: now, in: self.slab, into: &self.scratch)
        self.scratch.sort {
            (self.slab[$0].deadline, self.slab[$0].arrived) < (self.slab[$1].deadline, self.slab[$1].arrived)
        }
        for slot in self.scratch { self.drop(slot, .expired) }
        self.earliestDue = self.wheel.earliest(in: self.slab) ?? .max
    }

    /// Whether there is no room for `arrival`, and looking for callers that have gone is worth its cost again.
    @usableFromInline func shouldPurge(for arrival: Arrival, now: Int64) -> Bool {
        now - self.lastPurge >= self.pace.interval && !self.hasRoom(for: arrival.class, bytes: arrival.bytes)
    }

    /// Drops everything whose caller has gone: room for others.
    @usableFromInline mutating func purge(now: Int64, isGone: (Int32) -> Bool) {
        self.lastPurge = now
        for slot in self.waiting() where isGone(slot) { self.drop(slot, .abandoned) }
    }

    /// Drops everything, best class first; the answer means nothing.
    @usableFromInline mutating func removeAll() {
        for slot in self.waiting() { self.drop(slot, nil) }
        self.pace.forgetSeal()
        self.pressure.reset()
        self.forgetOverload()
    }

    mutating func drop(_ slot: Int32, _ answer: QueueAnswer?) {
        let rank = OperationClass(rawValue: Int(self.slab[slot].rank)) ?? .read
        self.leave(slot)
        self.note(slot, rank, answer)
        if self.count == 0 { self.pace.emptied() }
    }

    /// Counts and hands over the answer of a slot that has left.
    mutating func note(_ slot: Int32, _ rank: OperationClass, _ answer: QueueAnswer?) {
        switch answer {
        case .expired: self[rank].expired += 1
        case .abandoned: self[rank].abandoned += 1
        case .refused, nil: break
        }
        self.dropped.append(Dropped(slot: slot, answer: answer ?? .abandoned))
    }

    /// The answer of one that was taken and is refused after all.
    mutating func refusedLater(_ slot: Int32, _ rank: OperationClass, _ reason: RefusalReason, now: Int64)
        -> QueueAnswer
    {
        self.countRefusal(reason, of: rank)
        let ends = self.slab[slot].ends
        return .refused(
            retryAfterMilliseconds: self.hints[rank.rawValue].refuse(
                drain: self.drain(of: rank),
                spread: self.slab[slot].id,
                leaseLeft: rank == .extend && ends != .min ? ends - now : nil
            )
        )
    }

    /// Answers the queued extensions of leases that have just been given up, so that the others do not wait for them.
    mutating func giveUp(_ now: Int64) {
        var given: ContiguousArray<Int32> = []
        self.extends.forEach { head in
            guard self.slab[head].level >= self.pressure.level else { return }
            var slot = head
            while slot != QueueSlab.none {
                given.append(slot)
                slot = self.slab[slot].link
            }
        }
        for slot in given {
            self.drop(slot, self.refusedLater(slot, .extend, .sacrificed, now: now))
        }
    }

    /// Every slot, best class first.
    private func waiting() -> ContiguousArray<Int32> {
        var slots: ContiguousArray<Int32> = []
        slots.reserveCapacity(self.count)
        func append(_ list: SlotList) {
            var slot = list.first
            while slot != QueueSlab.none {
                slots.append(slot)
                slot = self.slab[slot].next
            }
        }
        append(self.internals)
        self.critical.forEach { slots.append($0) }
        self.extends.forEach { head in
            var slot = head
            while slot != QueueSlab.none {
                slots.append(slot)
                slot = self.slab[slot].link
            }
        }
        self.claims.forEach(in: self.slab) { slots.append($0) }
        append(self.reads)
        return slots
    }
}
