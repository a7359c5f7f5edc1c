// The door: what is refused at once, because it would not be served in time or somebody else would pay for it.

extension AdmissionQueue {
    /// Lets time pass before something comes. What this drops is to be taken before `admit`, which uses its slots again.
    @usableFromInline mutating func prepare(now: Int64) {
        if self.isResting(now), let idle = self.pace.idle(at: now) {
            // What was learnt is of another time. Extensions come in waves, and only when each holder would have come
            // once and has not is theirs over.
            if Double(idle) > self.pressure.left { self.pressure.reset() } else { self.pressure.rest() }
            self.pace = Pace()
            self.forgetOverload()
        }
        self.passTime(to: now)
    }

    /// Nothing waits, and nothing has been sealed for an interval.
    private func isResting(_ now: Int64) -> Bool {
        self.count == 0 && (self.pace.idle(at: now) ?? 0) > self.pace.interval
    }

    /// Takes an operation, or refuses it now, which costs the least. `host` is a queued extension that this one extends
    /// the same lease as, or none. Drops nothing.
    @usableFromInline mutating func admit(_ arrival: Arrival, joining host: Int32, now: Int64) -> Verdict {
        let rank = arrival.class
        let deadline = arrival.deadline.ticks
        let ends = arrival.leaseEnds?.ticks
        let isJoining = host != QueueSlab.none && self.mayJoin(host, arrival)
        if let reason = self.refusal(of: arrival, deadline: deadline, isJoining: isJoining, now: now) {
            let hint = self.hints[rank.rawValue].refuse(
                drain: self.drain(of: rank),
                spread: arrival.id,
                leaseLeft: rank == .extend ? ends.map { $0 - now } : nil
            )
            self.countRefusal(reason, of: rank)
            return .refused(reason, retryAfterMilliseconds: hint)
        }
        var item = QueueSlab.Item()
        item.lease = arrival.lease
        item.id = arrival.id
        item.validUntil = arrival.validUntil
        item.deadline = deadline
        item.arrived = now
        item.bytes = Int32(clamping: arrival.bytes)
        item.rank = UInt8(rank.rawValue)
        item.level = arrival.level
        // Nobody knows how urgent an extension is that nobody looked at; what else is critical has its deadline.
        item.ends = ends ?? (rank == .critical ? deadline : .min)
        let slot = self.slab.insert(item)
        self.put(slot, rank, model: arrival.model, host: isJoining ? host : QueueSlab.none)
        self.wheel.insert(slot, in: &self.slab)
        self.earliestDue = min(self.earliestDue, deadline)
        self.pace.arrived(at: now)
        if rank == .extend, !isJoining {
            self.pressure.arrived(slack: min(ends ?? deadline, deadline) - now, left: ends.map { $0 - now })
        }
        self.count += 1
        self.bytes += Int(item.bytes)
        self[rank].queued += 1
        self[rank].queuedBytes += Int(item.bytes)
        self[rank].admitted += 1
        return .accepted(slot)
    }

    /// What can be taken just now: when claims may come again, below which level extensions are taken, and the stretch.
    func load(
        now: Int64
    ) -> (claimRetryAfterMilliseconds: UInt32?, extendLevel: UInt8, stretchPercent: UInt16) {
        // Whoever is refused elsewhere does not come here to find out that nobody else does.
        if self.isResting(now) { return (nil, UInt8(ExtendPressure.everyone), UInt16(self.pressure.stretchPercent)) }
        // Only when a model that has nothing here would be refused too: one greedy model is no reason for others.
        let ahead = self.claims.models <= 1 ? self.claims.count : min(self.claims.count, self.claims.models)
        let isClosed =
            self.pace.drain(ahead, slots: self.pace.claimSlots) > self.pace.claimAllowance
            || !self.hasRoom(for: .claim, bytes: 0)
        return (
            isClosed ? self.hints[OperationClass.claim.rawValue].hint(drain: self.drain(of: .claim), spread: 0) : nil,
            self.pressure.level, UInt16(self.pressure.stretchPercent)
        )
    }

    /// Ticks until everything queued in a class should be gone.
    func drain(of rank: OperationClass) -> Int64 {
        switch rank {
        case .internal, .critical, .read: self.pace.drain(self.critical.count, slots: self.pace.slots)
        case .extend: self.pace.drain(self.critical.count + self.extends.count, slots: self.pace.slots)
        case .claim: self.pace.drain(self.claims.count, slots: self.pace.claimSlots)
        }
    }

    // MARK: Why not

    private mutating func refusal(
        of arrival: Arrival,
        deadline: Int64,
        isJoining: Bool,
        now: Int64
    ) -> RefusalReason? {
        guard self.hasRoom(for: arrival.class, bytes: arrival.bytes) else { return .full }
        switch arrival.class {
        case .internal, .critical, .read:
            return nil
        case .extend:
            // One more answer of an extension that is served anyway costs nothing.
            guard self.pressure.isSacrificing, !isJoining else { return nil }
            guard arrival.level < self.pressure.level else { return .sacrificed }
            return self.isTooLate(deadline, behind: self.drain(of: .extend), now) ? .late : nil
        case .claim:
            return self.refusalOfClaim(of: arrival.model, deadline: deadline, now: now)
        }
    }

    private func refusalOfClaim(of model: UInt64, deadline: Int64, now: Int64) -> RefusalReason? {
        let mine = self.claims.count(of: model)
        let models = self.claims.models + (mine == 0 ? 1 : 0)
        // Alone, a model may fill most; never all, so that another finds room at any time.
        guard mine < max(models > 1 ? self.bounds.claim / 4 : self.bounds.claim / 4 * 3, 1) else { return .unfair }
        // Fairly served, it waits for as many of each other model as it has itself.
        let ahead = min(self.claims.count, (mine + 1) * models - 1)
        let wait = self.pace.drain(ahead, slots: self.pace.claimSlots)
        guard wait <= self.pace.claimAllowance else { return .late }
        return self.isTooLate(deadline, behind: wait, now) ? .late : nil
    }

    /// What comes to an empty queue is tried whatever its deadline: somebody must find out how fast the consumer is.
    private func isTooLate(_ deadline: Int64, behind wait: Int64, _ now: Int64) -> Bool {
        self.count > 0 && self.pace.cycle > 0 && wait + 2 * self.pace.cycle > deadline - now
    }

    /// A class has room only if every better one has: so claims are refused before extensions, those before critical.
    func hasRoom(for rank: OperationClass, bytes: Int) -> Bool {
        let total = self.bytes + bytes
        let bound = self.bounds
        switch rank {
        case .internal:
            return true
        case .critical:
            return self[.critical].queued < bound.critical && total <= bound.bytes
        case .extend:
            return self[.extend].queued < bound.extend && total <= bound.bytes / 8 * 7
                && self.hasRoom(for: .critical, bytes: bytes)
        case .claim:
            return self[.claim].queued < bound.claim && total <= bound.bytes / 2
                && self.hasRoom(for: .extend, bytes: bytes)
        case .read:
            return self[.read].queued < bound.read && total <= bound.bytes
        }
    }

    mutating func countRefusal(_ reason: RefusalReason, of rank: OperationClass) {
        switch reason {
        case .full: self[rank].refused.full += 1
        case .late: self[rank].refused.late += 1
        case .unfair: self[rank].refused.unfair += 1
        case .sacrificed: self[rank].refused.sacrificed += 1
        case .sloughed: self[rank].refused.sloughed += 1
        }
    }
}
