import AgentResources
import HeapModule
import Leases

extension WaitQueue {
    /// The lease was seen free after all up to `age` had come: begins to wake them, if that is not going on.
    mutating func noteFree(_ key: LeaseKey, upTo age: UInt64, now: Uptime) -> [Owed] {
        guard let place = self.places[key] else { return [] }
        let line = Int(place)
        self.lines[line].confirmed = max(self.lines[line].confirmed, age)
        guard self.lines[line].wave == 0 else { return [] }
        let woken = self.wake(line, 1)
        // Without any, none of those who wait may be told yet; and the line is gone with its last.
        guard !woken.isEmpty, self.places[key] != nil else { return woken }
        self.scheduleWave(line, Self.secondWave, now: now)
        return woken
    }

    /// The lease was seen held: whoever has not been woken keeps waiting.
    mutating func noteHeld(_ key: LeaseKey) {
        guard let line = self.places[key] else { return }
        self.lines[Int(line)].wave = 0
        self.lines[Int(line)].confirmed = 0
    }

    /// The keys whose next wave is due, to be looked up; each is then told by `wave` or `noteHeld`.
    mutating func dueWaves(now: Uptime) -> [LeaseKey] {
        var keys: [LeaseKey] = []
        while self.nextWave < self.waves.count, self.waves[self.nextWave].instant <= now {
            let wave = self.waves[self.nextWave]
            self.nextWave += 1
            let line = self.lines[Int(wave.line)]
            if line.stamp == wave.stamp, line.wave != 0 { keys.append(line.key) }
        }
        if self.nextWave > 64, self.nextWave * 2 > self.waves.count {
            self.waves.removeFirst(self.nextWave)
            self.nextWave = 0
        }
        return keys
    }

    /// The lease was seen free when its next wave was due.
    mutating func wave(_ key: LeaseKey, now: Uptime) -> [Owed] {
        guard let line = self.places[key].map({ Int($0) }), self.lines[line].wave != 0 else { return [] }
        let size = self.lines[line].wave
        let woken = self.wake(line, size)
        // The line is gone with its last.
        guard self.places[key] != nil else { return woken }
        self.scheduleWave(line, woken.isEmpty ? size : min(size, 1 << 20) * 2, now: now)
        return woken
    }

    private mutating func scheduleWave(_ line: Int, _ size: UInt32, now: Uptime) {
        self.lines[line].wave = size
        self.waves.append(
            Wave(instant: now + Self.waveInterval, line: UInt32(line), stamp: self.lines[line].stamp)
        )
    }

    private mutating func wake(_ line: Int, _ limit: UInt32) -> [Owed] {
        var owed: [Owed] = []
        let stamp = self.lines[line].stamp
        var left = limit
        while left > 0, self.lines.indices.contains(line), self.lines[line].stamp == stamp {
            let slot = self.lines[line].first
            guard slot != Self.none, self.waiters[Int(slot)].age <= self.lines[line].confirmed,
                let waiter = self.remove(ID(slot: slot, age: self.waiters[Int(slot)].age))
            else { break }
            // The place of one who has left goes to the next.
            if waiter.caller?.isGone == true {
                if let reply = waiter.reply { owed.append(Owed(reply: reply, answer: .failure(.abandoned))) }
                continue
            }
            if let reply = waiter.reply { owed.append(Owed(reply: reply, answer: .success(true))) }
            self.wakeUps += 1
            left -= 1
        }
        return owed
    }

    // MARK: Asking the leader

    /// Notes that nobody has said yet whether the lease is free.
    mutating func noteUnasked(_ key: LeaseKey) {
        guard let line = self.places[key] else { return }
        self.lines[Int(line)].isUnasked = true
        self.unasked.insert(key)
    }

    /// Begins to ask for a lease, for all up to the age returned; `nil` when there is nothing to ask, or not yet.
    mutating func beginAsking(_ key: LeaseKey) -> UInt64? {
        guard let line = self.places[key].map({ Int($0) }), self.lines[line].isUnasked, !self.lines[line].isAsking
        else { return nil }
        self.lines[line].isUnasked = false
        self.lines[line].isAsking = true
        self.unasked.remove(key)
        return self.lastAge
    }

    /// True when it is to be asked again, for those who came meanwhile.
    mutating func endAsking(_ key: LeaseKey) -> Bool {
        guard let line = self.places[key].map({ Int($0) }) else { return false }
        self.lines[line].isAsking = false
        return self.lines[line].isUnasked
    }

    // MARK: Time

    /// When something is due next.
    var nextInstant: Uptime? {
        let wave = self.nextWave < self.waves.count ? self.waves[self.nextWave].instant : nil
        guard let deadline = self.deadlines.min?.instant else { return wave }
        return wave.map { min($0, deadline) } ?? deadline
    }

    /// Those whose time is over.
    mutating func expire(now: Uptime) -> [Owed] {
        var owed: [Owed] = []
        while let first = self.deadlines.min, first.instant <= now {
            self.deadlines.removeMin()
            if let reply = self.remove(first.id)?.reply { owed.append(Owed(reply: reply, answer: .success(false))) }
        }
        return owed
    }

    /// Those whose callers have left, among so many of those who wait; to be asked for now and then, and each time goes on
    /// where it ended, so that nobody else waits long for it.
    mutating func removeAbandoned(among limit: Int = 16_384) -> [Owed] {
        var owed: [Owed] = []
        for _ in 0..<min(limit, self.waiters.count) {
            // Room may have been given back meanwhile.
            guard !self.waiters.isEmpty else { break }
            if self.nextSwept >= self.waiters.count { self.nextSwept = 0 }
            let slot = self.nextSwept
            self.nextSwept += 1
            guard self.waiters[slot].caller?.isGone == true else { continue }
            let id = ID(slot: UInt32(slot), age: self.waiters[slot].age)
            if let reply = self.remove(id)?.reply { owed.append(Owed(reply: reply, answer: .failure(.abandoned))) }
        }
        if self.deadlines.count > 64 + 2 * self.count {
            self.deadlines = Heap(self.deadlines.unordered.filter { self.isWaiting($0.id) })
        }
        return owed
    }

    private func isWaiting(_ id: ID) -> Bool {
        let slot = Int(id.slot)
        return self.waiters.indices.contains(slot) && self.waiters[slot].age == id.age
            && self.waiters[slot].reply != nil
    }

    /// All of them.
    mutating func removeAll() -> [Owed] {
        let owed = self.waiters.compactMap { waiter in
            waiter.reply.map { Owed(reply: $0, answer: .failure(LeaseServiceError(Refusal(.stopping)))) }
        }
        let wakeUps = self.wakeUps
        self = WaitQueue()
        self.wakeUps = wakeUps
        return owed
    }
}

extension LeaseServiceError {
    /// Whoever asked has left.
    static let abandoned = LeaseServiceError(Refusal(.abandoned))
}

extension [WaitQueue.Owed] {
    /// Gives the answers; outside any lock.
    func give() {
        for owed in self { owed.reply(owed.answer) }
    }
}
