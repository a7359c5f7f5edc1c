/// How fast the queue is emptied, learnt from seals: how long the consumer takes for one, and what fits into it.
struct Pace: Hashable, Sendable {
    /// Until a cycle was seen.
    private static let assumedCycle = Int64.ticks(.milliseconds(5))

    /// From one seal to the next while something waits, smoothed; zero until seen.
    private(set) var cycle: Int64 = 0
    /// Operations one seal can take, by number and by bytes.
    private(set) var slots: Double = 256
    /// Of them, what better classes than claims took, smoothed.
    private var others: Double = 0
    private var bytesEach: Double = 0
    /// Of `slots`, what claims always get.
    private var share: Double = 1
    private var lastSeal: Int64?
    /// Since when something waits for the next seal.
    private var waitingSince: Int64?

    var knownCycle: Int64 { self.cycle == 0 ? Self.assumedCycle : self.cycle }

    /// How long a claim may wait: two cycles, within 20...200 ms.
    var target: Int64 { min(max(2 * self.knownCycle, .ticks(.milliseconds(20))), .ticks(.milliseconds(200))) }

    /// How long something must last to be believed: ten cycles, within 100 ms...1 s.
    var interval: Int64 { min(max(10 * self.knownCycle, .ticks(.milliseconds(100))), .ticks(.seconds(1))) }

    /// What a claim may find ahead of it: the target is for the whole wait, half a cycle of which is for the entry that is
    /// under way. Never less than one and a half entries, or there would be room left in them.
    var claimAllowance: Int64 { max(self.target - self.knownCycle / 2, self.knownCycle / 2 * 3) }

    /// Operations of claims that one seal takes.
    var claimSlots: Double { max(self.slots - self.others, self.share) }

    /// Ticks in which `count` operations are gone when each seal takes `slots` of them.
    func drain(_ count: Int, slots: Double) -> Int64 {
        Int64(min(Double(count) / max(slots, 1) * Double(self.knownCycle), 1e15))
    }

    /// Something came.
    mutating func arrived(at now: Int64) { if self.waitingSince == nil { self.waitingSince = now } }

    /// What waited has left unsealed: the consumer is not to be measured by it.
    mutating func emptied() { self.waitingSince = nil }

    /// How long nothing has waited or been sealed, if nothing does.
    func idle(at now: Int64) -> Int64? { self.waitingSince == nil ? self.lastSeal.map { now - $0 } : nil }

    /// The next seal will not tell how fast the consumer is: it was held up, or is another.
    mutating func forgetSeal() {
        self.lastSeal = nil
        self.waitingSince = nil
    }

    /// A seal begins. The time since the last one is a cycle only if something has waited for most of it: otherwise
    /// nobody was in a hurry.
    mutating func sealBegins(at now: Int64) {
        defer {
            self.lastSeal = now
            self.waitingSince = nil
        }
        guard let lastSeal, let waitingSince, now > lastSeal, (now - waitingSince) * 2 >= now - lastSeal else { return }
        // One seal that was held up, by an election for example, must not be taken for the pace.
        let ceiling = self.cycle == 0 ? .ticks(.seconds(1)) : max(4 * self.cycle, .ticks(.milliseconds(100)))
        let sample = min(now - lastSeal, ceiling)
        if self.cycle == 0 {
            self.cycle = sample
        } else {
            self.cycle += (sample - self.cycle) / (sample > self.cycle ? 5 : 3)
        }
    }

    /// What a seal took, of at most `limit` operations and `byteLimit` bytes.
    mutating func sealed(
        _ count: Int,
        bytes: Int,
        better: Int,
        claimPart: Double,
        limit: Int,
        byteLimit: Int,
        left: Bool,
        at now: Int64
    ) {
        if left { self.waitingSince = now }
        guard count > 0 else { return }
        let each = Double(bytes) / Double(count)
        self.bytesEach = self.bytesEach == 0 ? each : self.bytesEach + 0.2 * (each - self.bytesEach)
        self.slots = max(1, min(Double(limit), Double(byteLimit) / max(self.bytesEach, 1)))
        self.share = max(1, self.slots * claimPart)
        self.others += 0.2 * (Double(better) - self.others)
    }
}
