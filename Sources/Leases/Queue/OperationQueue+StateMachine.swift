import DequeModule
import HeapModule

extension OperationQueue {
    /// Takes an operation of `bytes` in the log, or says when to come back. A `deadline` that has passed is accepted
    /// and answered as expired by the next `seal` or `expire`.
    package mutating func enqueue(
        _ payload: Payload,
        class: OperationClass,
        bytes: Int,
        deadline: Duration,
        now: Duration
    ) -> Admission {
        let sequence = self.nextSequence
        self.nextSequence += 1
        guard self.hasRoom(for: `class`, bytes: bytes) else {
            let ahead = self.counts[...`class`.rawValue].reduce(0, +)
            return .refused(
                retryAfterMilliseconds: self.drain.retryAfterMilliseconds(waiting: ahead, spread: sequence)
            )
        }
        self.items[sequence] = Item(payload: payload, class: `class`, bytes: bytes, deadline: deadline)
        self.arrivals[`class`.rawValue].append(sequence)
        self.deadlines.insert(Due(deadline: deadline, sequence: sequence))
        self.counts[`class`.rawValue] += 1
        self.bytes += bytes
        return .accepted
    }

    /// Takes out what goes into one log entry now: at most `limit` operations and `byteLimit` bytes, but always one
    /// when something waits, and every read beside them.
    package mutating func seal(limit: Int, byteLimit: Int, now: Duration) -> Sealed {
        var sealed = Sealed()
        sealed.expired = self.expire(now: now)
        var room = byteLimit
        filling: for rank in OperationClass.internal.rawValue...OperationClass.claim.rawValue {
            while let sequence = self.firstWaiting(rank) {
                guard let item = self.items[sequence], sealed.items.count < limit else { break filling }
                guard item.bytes <= room || sealed.items.isEmpty else { break filling }
                room -= item.bytes
                sealed.items.append(self.take(sequence, item))
            }
        }
        self.drain.sealed(sealed.items.count, now: now)
        while let sequence = self.firstWaiting(OperationClass.read.rawValue), let item = self.items[sequence] {
            sealed.items.append(self.take(sequence, item))
        }
        self.compact()
        return sealed
    }

    /// Takes out everything whose deadline is `now` or earlier, earliest first.
    package mutating func expire(now: Duration) -> [Payload] {
        var expired: [Payload] = []
        while let due = self.deadlines.min, due.deadline <= now {
            guard let item = self.items[due.sequence] else {
                self.deadlines.removeMin()
                continue
            }
            expired.append(self.take(due.sequence, item))
        }
        self.compact()
        return expired
    }

    /// Empties the queue: best class first, each class in order of arrival.
    package mutating func removeAll() -> [Payload] {
        var payloads: [Payload] = []
        payloads.reserveCapacity(self.items.count)
        for rank in self.arrivals.indices {
            while let sequence = self.firstWaiting(rank), let item = self.items[sequence] {
                payloads.append(self.take(sequence, item))
            }
        }
        self.compact()
        return payloads
    }

    // MARK: The order of sacrifice

    /// A class has room only if every better one has: so claims are refused before extensions, those before critical.
    private func hasRoom(for class: OperationClass, bytes: Int) -> Bool {
        let total = self.bytes + bytes
        func below(_ rank: OperationClass, _ bound: Int) -> Bool { self.counts[rank.rawValue] < bound }
        switch `class` {
        case .internal:
            return true
        case .critical:
            return below(.critical, self.bounds.critical) && total <= self.bounds.bytes
        case .extend:
            return below(.extend, self.bounds.extend) && total <= self.bounds.bytes / 8 * 7
                && self.hasRoom(for: .critical, bytes: bytes)
        case .claim:
            return below(.claim, self.bounds.claim) && total <= self.bounds.bytes / 2
                && self.hasRoom(for: .extend, bytes: bytes)
        case .read:
            return below(.read, self.bounds.read) && total <= self.bounds.bytes
        }
    }

    // MARK: Taking out

    /// The oldest live sequence number of a class, after dropping the dead ones before it.
    private mutating func firstWaiting(_ rank: Int) -> UInt64? {
        while let sequence = self.arrivals[rank].first {
            if self.items[sequence] != nil { return sequence }
            self.arrivals[rank].removeFirst()
        }
        return nil
    }

    /// Removes a live item; its sequence number and deadline stay behind as dead until they surface.
    private mutating func take(_ sequence: UInt64, _ item: Item) -> Payload {
        self.items[sequence] = nil
        self.counts[item.class.rawValue] -= 1
        self.bytes -= item.bytes
        return item.payload
    }

    /// Keeps the dead fewer than the living (and a few), and `nextDeadline` alive.
    private mutating func compact() {
        for rank in self.arrivals.indices where self.arrivals[rank].count > 2 * self.counts[rank] + 64 {
            self.arrivals[rank] = Deque(self.arrivals[rank].lazy.filter { [items] in items[$0] != nil })
        }
        if self.deadlines.count > 2 * self.items.count + 64 {
            self.deadlines = Heap(self.items.map { Due(deadline: $0.value.deadline, sequence: $0.key) })
        }
        while let due = self.deadlines.min, self.items[due.sequence] == nil { self.deadlines.removeMin() }
    }
}
