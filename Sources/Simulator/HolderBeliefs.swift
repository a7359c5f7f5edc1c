import Leases

/// What clients believe they hold, in true time: the one thing no replica can know, and the point of it all.
struct HolderBeliefs {
    private struct Belief {
        var holder: String
        /// The true instant at which the holder's own clock tells it to stop.
        var until: UInt64
    }

    private var beliefs: [LeaseKey: [Belief]] = [:]

    /// A client acts as the holder until `until`, or longer if it had reason to before.
    mutating func hold(_ key: LeaseKey, by holder: String, until: UInt64) {
        let before = self.beliefs[key]?.first { $0.holder == holder }?.until ?? 0
        self.drop(key, by: holder)
        self.beliefs[key, default: []].append(Belief(holder: holder, until: max(until, before)))
    }

    /// A client stops believing by itself.
    mutating func drop(_ key: LeaseKey, by holder: String) {
        self.beliefs[key]?.removeAll { $0.holder == holder }
    }

    /// The lease was taken away on purpose, by its holder or by force.
    mutating func dropAll(_ key: LeaseKey) { self.beliefs[key] = nil }

    /// The lease ended by time: nobody may still believe in it.
    mutating func freed(_ key: LeaseKey, now: UInt64) throws(Violation) {
        if let belief = self.beliefs[key]?.first(where: { $0.until > now }) {
            throw Violation(
                "guarantee 2: \(key) ended at \(now) while \(belief.holder) trusts it until \(belief.until)"
            )
        }
        self.beliefs[key] = nil
    }

    /// The lease was granted anew: nobody else may still believe in it.
    mutating func granted(_ key: LeaseKey, to holder: String, now: UInt64) throws(Violation) {
        if let belief = self.beliefs[key]?.first(where: { $0.until > now && $0.holder != holder }) {
            throw Violation(
                "guarantee 2: \(key) granted to \(holder) at \(now) while \(belief.holder) trusts it until "
                    + "\(belief.until)"
            )
        }
        self.beliefs[key] = nil
    }
}
