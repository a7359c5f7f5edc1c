/// What is done when extensions alone are more than can be served: first they are made longer so that holders come back
/// later, and only then a part of the leases is given up, always the same ones.
struct ExtendPressure: Hashable, Sendable {
    /// All extensions are taken.
    static let everyone: Double = 128
    static let maximumStretch = 200

    private(set) var stretchPercent = 100
    /// Leases whose level is below this are served while there are too many.
    private var admitted = Self.everyone
    /// There is room for everybody just now: nobody is refused, but which leases are given up is remembered.
    private var isLull = false
    /// How long an extension could have waited when it came, and how long its lease had left, smoothed: holders come
    /// back about that often.
    private var slack: Double = 0
    private(set) var left: Double = 0
    /// Extensions taken as a part of what could have been served, smoothed over as long as it takes until each holder has
    /// come once: what is a lull and what is room is not known sooner.
    private var load: Double = 0
    /// The same of what all who hold leases would have asked for.
    private var offered: Double = 0
    /// The same, quick to rise and slow to fall: leases made longer come back in waves, and between two there is no room.
    private var peak: Double = 0
    /// Intervals in a row in which all would have fitted twice: even between two waves there are more.
    private var lulls = 0

    /// What all who hold leases asked for in the last window, as a part of what could have been served.
    private var recent: Double = 1
    /// How long those that wait need when nobody else comes.
    private var drain: Int64 = 0

    // Since the window began.
    private var windowTaken = 0
    private var windowRoom: Double = 0

    // Since the interval began.
    private var shortestDrain = Int64.max
    private var taken = 0
    private var served = 0
    private var room: Double = 0

    var level: UInt8 { UInt8(self.limit) }
    /// Which leases are given up is remembered, though none may be refused just now.
    var hasGivenUp: Bool { self.admitted < Self.everyone }
    /// Some leases are refused.
    var isSacrificing: Bool { self.limit < Self.everyone }
    /// Leases whose level is below this are served now.
    private var limit: Double { self.isLull ? Self.everyone : self.admitted }

    /// Of what an entry can take, the part that claims may have before extensions: half of what is not asked for, if
    /// those extensions that wait are served in time all the same.
    var spare: Double {
        let part = (1 - self.recent) / 2
        guard part > 0, Double(self.drain) <= (self.slack - Double(self.drain)) * part else { return 0 }
        return part
    }

    /// An extension came that could wait for `slack`, of a lease that has `left` to go, if somebody looked.
    mutating func arrived(slack: Int64, left: Int64?) {
        self.taken += 1
        self.windowTaken += 1
        let slack = Double(max(slack, 0))
        self.slack = self.slack == 0 ? slack : self.slack + 0.01 * (slack - self.slack)
        guard let left = left.map({ Double(max($0, 0)) }) else { return }
        self.left = self.left == 0 ? left : self.left + 0.01 * (left - self.left)
    }

    /// A seal took `count` extensions where there was room for `room`, and those left need `drain`.
    mutating func sealed(_ count: Int, room: Double, drain: Int64) {
        self.served += count
        self.room += room
        self.shortestDrain = min(self.shortestDrain, drain)
        self.windowRoom += room
        self.drain = drain
    }

    /// What an overload has left behind is being worked off, with room for whoever comes.
    var isEasing: Bool { self.spare > 0.125 }

    /// A window is over: half an interval, in which it is seen that an overload has ended. Returns true when leases are
    /// given up again.
    mutating func windowEnded() -> Bool {
        guard self.windowRoom > 0 else { return false }
        self.recent = self.offer(of: Double(self.windowTaken) / self.windowRoom)
        self.windowTaken = 0
        self.windowRoom = 0
        guard self.admitted < Self.everyone else {
            self.isLull = false
            return false
        }
        if self.isLull {
            self.isLull = Double(self.drain) <= self.slack * 0.25
            return !self.isLull
        }
        guard self.recent < 0.9, Double(self.drain) <= self.slack * 0.5 else { return false }
        self.isLull = true
        // Each time there is room for all, fewer need to be given up the next time.
        self.admitted = min(self.admitted + 0.02 * Self.everyone, Self.everyone)
        return false
    }

    /// Nothing has come for a while: whoever comes next has room.
    mutating func rest() {
        self.isLull = self.admitted < Self.everyone
        self.recent = 0
        self.drain = 0
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
        self.offered += weight * (self.offer(of: sample) - self.offered)
        self.peak += (sample > self.peak ? 0.25 : weight / 3) * (min(sample, 2) - self.peak)
        self.lulls = self.offer(of: sample) < 0.5 ? self.lulls + 1 : 0
        if self.shortestDrain > target {
            if self.stretchPercent < Self.maximumStretch {
                self.stretchPercent = min(self.stretchPercent * 5 / 4, Self.maximumStretch)
            } else if !self.isLull, Double(self.shortestDrain) > self.slack * (self.isSacrificing ? 0.25 : 0.75) {
                self.giveUpMore(sample)
            }
        } else if self.admitted < Self.everyone {
            self.giveUpFewer()
        } else if self.stretchPercent > 100 {
            // Only when there is room for those who will come back sooner.
            let shorter = max(self.stretchPercent * 4 / 5, 100)
            if self.peak * Double(self.stretchPercent) / Double(shorter) < 0.8 { self.stretchPercent = shorter }
        }
        return self.admitted < before
    }

    mutating func reset() { self = ExtendPressure() }

    /// Fewer by 5 %, or by what is too much when that is known to be more, but not below what lets the queue get shorter
    /// by as much as `sample` of what could have been served tells; none while it is getting shorter.
    private mutating func giveUpMore(_ sample: Double) {
        guard self.taken > 0 else { return }
        let fitting = Double(self.served) / Double(self.taken)
        guard fitting < 1.05 else { return }
        let enough = 0.85 * Self.everyone / self.offer(of: sample)
        self.admitted = min(self.admitted, max(1, enough, self.admitted * min(max(fitting, 0.5), 0.95)))
    }

    /// What all who hold leases would ask for, when those who are served ask for `load`. Those given up are mostly
    /// refused elsewhere and not seen here; but levels are spread evenly.
    private func offer(of load: Double) -> Double { load * Self.everyone / self.limit }

    /// More by 1 %, by 15 % in a lull, and all at once when all would fit.
    private mutating func giveUpFewer() {
        if self.offered < 0.9 {
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
