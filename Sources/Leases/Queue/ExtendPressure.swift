/// What is done when extensions alone are more than can be served: first they are made longer so that holders come back
/// later, and only then a part of the leases is given up, always the same ones.
struct ExtendPressure: Hashable, Sendable {
    /// All extensions are taken.
    static let everyone: Double = 128
    static let maximumStretch = 200

    private(set) var stretchPercent = 100
    /// Leases whose level is below this are served.
    private var admitted = Self.everyone
    /// How long an extension could have waited when it came, and how long its lease had left, smoothed: holders come
    /// back about that often.
    private var slack: Double = 0
    private(set) var left: Double = 0
    /// Extensions taken as a part of what could have been served, smoothed over as long as it takes until each holder has
    /// come once: what is a lull and what is room is not known sooner.
    private var load: Double = 0
    /// The same, quick to rise and slow to fall: leases made longer come back in waves, and between two there is no room.
    private var peak: Double = 0
    /// Intervals in a row in which all would have fitted twice: even between two waves there are more.
    private var lulls = 0

    // Since the interval began.
    private var shortestDrain = Int64.max
    private var taken = 0
    private var served = 0
    private var room: Double = 0

    var level: UInt8 { UInt8(self.admitted) }
    /// Some leases are given up.
    var isSacrificing: Bool { self.admitted < Self.everyone }

    /// An extension came that could wait for `slack`, of a lease that has `left` to go.
    mutating func arrived(slack: Int64, left: Int64) {
        self.taken += 1
        let (slack, left) = (Double(max(slack, 0)), Double(max(left, 0)))
        self.slack = self.slack == 0 ? slack : self.slack + 0.01 * (slack - self.slack)
        self.left = self.left == 0 ? left : self.left + 0.01 * (left - self.left)
    }

    /// A seal took `count` extensions where there was room for `room`, and those left need `drain`.
    mutating func sealed(_ count: Int, room: Double, drain: Int64) {
        self.served += count
        self.room += room
        self.shortestDrain = min(self.shortestDrain, drain)
    }

    /// An interval of `length` is over, in which a queue stands if it never drained faster than `target`.
    /// Returns true when more leases are given up than before.
    mutating func intervalEnded(target: Int64, length: Int64) -> Bool {
        defer { self.startInterval() }
        guard self.shortestDrain != .max, self.room > 0 else { return false }
        let before = self.admitted
        let weight = min(max(Double(length) / max(self.left, 1), 0.01), 1)
        let sample = Double(self.taken) / self.room
        self.load += weight * (sample - self.load)
        self.peak += (sample > self.peak ? 0.25 : weight / 3) * (min(sample, 2) - self.peak)
        self.lulls = self.offer(of: sample) < 0.5 ? self.lulls + 1 : 0
        if self.shortestDrain > target {
            if self.stretchPercent < Self.maximumStretch {
                self.stretchPercent = min(self.stretchPercent * 5 / 4, Self.maximumStretch)
            } else if Double(self.shortestDrain) > self.slack * (self.isSacrificing ? 0.25 : 0.75) {
                self.giveUpMore()
            }
        } else if self.isSacrificing {
            self.giveUpFewer()
        } else if self.stretchPercent > 100 {
            // Only when there is room for those who will come back sooner.
            let shorter = max(self.stretchPercent * 4 / 5, 100)
            if self.peak * Double(self.stretchPercent) / Double(shorter) < 0.8 { self.stretchPercent = shorter }
        }
        return self.admitted < before
    }

    mutating func reset() { self = ExtendPressure() }

    /// Fewer by 5 %, or by what is too much when that is known to be more; none while the queue is getting shorter.
    private mutating func giveUpMore() {
        guard self.taken > 0 else { return }
        let fitting = Double(self.served) / Double(self.taken)
        guard fitting < 1.05 else { return }
        self.admitted = max(1, self.admitted * min(max(fitting, 0.5), 0.95))
    }

    /// What all who hold leases would ask for, when those who are served ask for `load`. Those given up are mostly
    /// refused elsewhere and not seen here; but levels are spread evenly.
    private func offer(of load: Double) -> Double { load * Self.everyone / self.admitted }

    /// More by 1 %, by 15 % in a lull, and all at once when all would fit.
    private mutating func giveUpFewer() {
        if self.offer(of: self.load) < 0.9 {
            self.admitted = Self.everyone
        } else if self.lulls >= 2 {
            // The end of the overload, or what is between two waves: all at once would make the next wave.
            self.admitted = min(self.admitted * 1.15, Self.everyone)
        } else if self.load < 0.9 {
            self.admitted = min(self.admitted + 0.01 * Self.everyone, Self.everyone)
        }
    }

    private mutating func startInterval() {
        self.shortestDrain = .max
        self.taken = 0
        self.served = 0
        self.room = 0
    }
}
