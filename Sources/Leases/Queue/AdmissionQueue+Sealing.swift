// Sealing: who goes into the next log entry.

extension AdmissionQueue {
    /// What is left of an entry.
    struct Room {
        var operations: Int
        var bytes: Int
        var taken = 0
        var takenBytes = 0

        /// One always fits, however long it is.
        func fits(_ more: Int32, sparing operations: Int = 0, bytes: Int = 0) -> Bool {
            self.operations > operations && (Int(more) <= self.bytes - bytes || self.taken == 0)
        }

        mutating func take(_ more: Int32) {
            self.operations -= 1
            self.bytes -= Int(more)
            self.taken += 1
            self.takenBytes += Int(more)
        }
    }

    /// Puts what goes into one log entry now into `sealed`: at most `limit` operations and `byteLimit` bytes, but always
    /// one when something waits, and every read beside them.
    @usableFromInline mutating func seal(limit: Int, byteLimit: Int, now: Int64, isGone: (Int32) -> Bool) {
        guard self.count > 0 else { return self.sealNothing(now) }
        self.lastRoom = now
        self.pace.sealBegins(at: now)
        self.expire(now: now)
        self.sealed.removeAll(keepingCapacity: true)
        var room = Room(operations: max(limit, 1), bytes: byteLimit)

        while self.internals.count > 0, room.fits(self.slab[self.internals.first].bytes) {
            self.sealOne(self.internals.first, .internal, &room, now, isGone)
        }
        // A quarter is theirs before anybody else's; what they do not use is lent.
        self.sealCritical(upTo: max(limit / 4, 1), &room, now, isGone)
        let better = room.taken
        // However many extensions there are, claims get a twentieth, so that free leases find holders.
        let isSpared = self.extends.count > 0 && self.critical.count == 0
        let spare = isSpared ? self.pressure.spare * Double(room.operations) / Double(max(limit, 1)) : 0
        let part = max(spare, 0.05)
        let share = limit > 1 ? min(self.claims.count, max(Int(Double(limit) * part), 1)) : 0
        let shareBytes = share > 0 ? min(Int(Double(byteLimit) * part), self[.claim].queuedBytes) : 0
        self.sealExtensions(sparing: share, bytes: shareBytes, &room, now, isGone)
        self.pressure.sealed(
            room.taken - better,
            room: max(self.pace.slots - Double(better), 1) * 0.95,
            drain: self.pace.drain(self.extends.count, slots: self.pace.slots * 0.95)
        )
        self.hints[OperationClass.extend.rawValue].sealed(room.taken - better)
        let claimsBefore = self[.claim].sealed
        self.sealClaims(upTo: share, &room, now, isGone)
        self.sealCritical(upTo: .max, &room, now, isGone)
        self.sealClaims(upTo: .max, &room, now, isGone)
        let claims = Int(self[.claim].sealed - claimsBefore)
        self.hints[OperationClass.claim.rawValue].sealed(claims)
        let (taken, bytes) = (room.taken, room.takenBytes)
        while self.reads.count > 0 { self.sealOne(self.reads.first, .read, &room, now, isGone) }

        self.pace.sealed(
            taken,
            bytes: bytes,
            better: taken - claims,
            claimPart: part,
            limit: limit,
            byteLimit: byteLimit,
            left: self.count > 0,
            at: now
        )
        if !self.sealed.isEmpty { self.counters.seals += 1 }
        self.passTime(to: now)
        if self.count == 0 { self.forgetOverload() }
    }

    /// The consumer asks more often than it could serve: only so many of its questions are room that nobody needs, and
    /// none tells its pace.
    private mutating func sealNothing(_ now: Int64) {
        self.sealed.removeAll(keepingCapacity: true)
        if now - self.lastRoom >= self.pace.knownCycle {
            self.lastRoom = now
            self.pressure.sealed(0, room: self.pace.slots * 0.95, drain: 0)
        }
        self.passTime(to: now)
        self.forgetOverload()
    }

    private mutating func sealCritical(upTo most: Int, _ room: inout Room, _ now: Int64, _ isGone: (Int32) -> Bool) {
        let start = room.taken
        while self.critical.count > 0, room.taken - start < most, room.fits(self.slab[self.critical.first].bytes) {
            self.sealOne(self.critical.first, .critical, &room, now, isGone)
        }
    }

    private mutating func sealClaims(upTo most: Int, _ room: inout Room, _ now: Int64, _ isGone: (Int32) -> Bool) {
        if most == .max, self.codel.isOverloaded { self.slough(now) }
        let start = room.taken
        while room.taken - start < most {
            let slot = self.claims.next(newest: self.codel.isOverloaded, in: self.slab)
            guard slot != QueueSlab.none, room.fits(self.slab[slot].bytes) else { return }
            self.codel.left(after: now - self.slab[slot].arrived)
            guard !isGone(slot) else {
                self.drop(slot, .abandoned)
                continue
            }
            self.claims.take(slot, in: &self.slab)
            self.release(slot)
            self.noteSealed(slot, .claim, &room, now)
        }
    }

    /// In a standing queue, whoever has waited for two targets has given up or will: the newest are served instead.
    private mutating func slough(_ now: Int64) {
        self.scratch.removeAll(keepingCapacity: true)
        self.claims.findOlder(than: now - 2 * self.pace.target, in: self.slab, into: &self.scratch)
        for slot in self.scratch { self.drop(slot, self.refusedLater(slot, .claim, .sloughed, now: now)) }
    }

    private mutating func sealExtensions(
        sparing operations: Int,
        bytes: Int,
        _ room: inout Room,
        _ now: Int64,
        _ isGone: (Int32) -> Bool
    ) {
        while self.extends.count > 0 {
            let head = self.extends.first
            guard room.fits(self.slab[head].bytes, sparing: operations, bytes: bytes) else { return }
            self.takeExtensions(of: head)
            var lead = QueueSlab.none
            // Newest first: it is the one sealed.
            for slot in self.scratch.reversed() {
                self.release(slot)
                if isGone(slot) {
                    self.note(slot, .extend, .abandoned)
                } else if lead == QueueSlab.none {
                    lead = slot
                    self.noteSealed(slot, .extend, &room, now)
                } else {
                    self.sealed.append(~slot)
                    self.countSealed(slot, .extend, now)
                }
            }
        }
    }

    private mutating func sealOne(
        _ slot: Int32,
        _ rank: OperationClass,
        _ room: inout Room,
        _ now: Int64,
        _ isGone: (Int32) -> Bool
    ) {
        guard !isGone(slot) else { return self.drop(slot, .abandoned) }
        self.leave(slot)
        self.noteSealed(slot, rank, &room, now)
    }

    private mutating func noteSealed(_ slot: Int32, _ rank: OperationClass, _ room: inout Room, _ now: Int64) {
        room.take(self.slab[slot].bytes)
        self.sealed.append(slot)
        self.countSealed(slot, rank, now)
    }

    private mutating func countSealed(_ slot: Int32, _ rank: OperationClass, _ now: Int64) {
        self[rank].sealed += 1
        self[rank].sojourn.add(seconds: (now - self.slab[slot].arrived).tickSeconds)
    }
}
