// Extensions of one lease by one holder share a place: the newest is sealed and answers them all.

extension AdmissionQueue {
    /// Callers that may share a place, and how many other ids the newest may stand for.
    private static let members = 16
    /// Who has no more than this left is served before whoever comes after an overload.
    private static let urgent = Int64.ticks(.seconds(1))

    /// The place of queued extensions with this hash of lease and holder, or none; whoever asks compares the two.
    @usableFromInline func queuedExtension(of lease: UInt64) -> Int32 { self.extendsByLease[lease] }

    /// Whether another extension may share `host`'s place: it may be applied as long as those there, and it would not
    /// stand for too many.
    func mayJoin(_ host: Int32, _ arrival: Arrival) -> Bool {
        var (members, others, slot) = (0, 0, host)
        var newest: UInt64 = 0
        while slot != QueueSlab.none {
            members += 1
            if self.slab[slot].id != arrival.id { others += 1 }
            newest = self.slab[slot].validUntil
            slot = self.slab[slot].link
        }
        return members < Self.members && others <= LeaseLimits.coveredOperations && newest <= arrival.validUntil
    }

    /// Puts a new slot where its class waits.
    mutating func put(_ slot: Int32, _ rank: OperationClass, model: UInt64, host: Int32) {
        switch rank {
        case .internal: self.internals.append(slot, in: &self.slab)
        case .read: self.reads.append(slot, in: &self.slab)
        case .claim: self.claims.append(slot, model: model, in: &self.slab)
        case .critical:
            self.critical.insert(slot, sequence: self.nextSequence, in: &self.slab)
        case .extend where host != QueueSlab.none:
            self.slab[slot].isRider = true
            self.slab[slot].position = host
            var last = host
            while self.slab[last].link != QueueSlab.none { last = self.slab[last].link }
            self.slab[last].link = slot
            self[.extend].coalesced += 1
        case .extend:
            // What an overload has left behind is not to make those wait who come after it, unless it is more urgent.
            let isBehind = self.pressure.isEasing && Double(self.extends.count) > self.pace.slots
            let latest = isBehind ? self.slab[slot].arrived + Self.urgent : .max
            self.extends.insert(slot, sequence: self.nextSequence, latest: latest, in: &self.slab)
            self.key(slot)
        }
        self.nextSequence += 1
    }

    /// Takes a slot from where its class waits and frees it.
    mutating func leave(_ slot: Int32) {
        switch OperationClass(rawValue: Int(self.slab[slot].rank)) {
        case .internal: self.internals.remove(slot, in: &self.slab)
        case .critical: self.critical.remove(slot, in: &self.slab)
        case .claim: self.claims.remove(slot, in: &self.slab)
        case .read: self.reads.remove(slot, in: &self.slab)
        case .extend, nil: self.leaveExtensions(slot)
        }
        self.release(slot)
    }

    /// Frees a slot that waits nowhere any more.
    mutating func release(_ slot: Int32) {
        let rank = OperationClass(rawValue: Int(self.slab[slot].rank)) ?? .read
        let bytes = Int(self.slab[slot].bytes)
        self.wheel.remove(slot, in: &self.slab)
        self.slab.release(slot)
        self.count -= 1
        self.bytes -= bytes
        self[rank].queued -= 1
        self[rank].queuedBytes -= bytes
    }

    /// Takes the first extension's place away; its members, oldest first, are in `scratch` and still to be released.
    mutating func takeExtensions(of head: Int32) {
        self.extends.remove(head, in: &self.slab)
        self.unkey(head)
        self.scratch.removeAll(keepingCapacity: true)
        var slot = head
        while slot != QueueSlab.none {
            self.scratch.append(slot)
            slot = self.slab[slot].link
        }
    }

    private mutating func leaveExtensions(_ slot: Int32) {
        let heir = self.slab[slot].link
        if self.slab[slot].isRider {
            var before = self.slab[slot].position
            while self.slab[before].link != slot { before = self.slab[before].link }
            self.slab[before].link = heir
        } else if heir == QueueSlab.none {
            self.extends.remove(slot, in: &self.slab)
            self.unkey(slot)
        } else {
            // The next newer one takes the place, so nobody's turn changes.
            self.extends.replace(slot, with: heir, in: &self.slab)
            self.slab[heir].isRider = false
            if self.slab[slot].isKeyed { self.key(heir) }
            var rider = self.slab[heir].link
            while rider != QueueSlab.none {
                self.slab[rider].position = heir
                rider = self.slab[rider].link
            }
        }
    }

    private mutating func key(_ slot: Int32) {
        let lease = self.slab[slot].lease
        guard lease != 0 else { return }
        let before = self.extendsByLease[lease]
        if before != QueueSlab.none { self.slab[before].isKeyed = false }
        self.extendsByLease[lease] = slot
        self.slab[slot].isKeyed = true
    }

    private mutating func unkey(_ slot: Int32) {
        guard self.slab[slot].isKeyed else { return }
        self.slab[slot].isKeyed = false
        self.extendsByLease[self.slab[slot].lease] = QueueSlab.none
    }
}
