import HoldfastClient

/// Who holds a lease, as programs read it.
struct LeaseStatusAnswer: Encodable {
    var namespace: String
    var model: String?
    var lease: String
    var outcome: String
    var holder: String?
    var token: UInt64?
    var expiresIn: Int64?
    var isPinned: Bool
    var matches: Bool

    enum CodingKeys: String, CodingKey {
        case namespace, model, lease, outcome, holder, token, matches
        case expiresIn = "expires-in-ms"
        case isPinned = "pinned"
    }

    init(_ status: LeaseStatus) {
        self.namespace = status.lease.namespace
        self.model = status.lease.model
        self.lease = status.lease.name
        self.outcome = status.holder == nil ? "free" : "held"
        self.holder = status.holder
        self.token = status.token
        self.expiresIn = status.expiresIn.map(milliseconds)
        self.isPinned = status.isPinned
        self.matches = status.matches
    }

    /// One line for people.
    var text: String {
        guard let holder = self.holder else { return "\(self.lease): free" }
        return "\(self.lease): held by \(holder)" + (self.token.map { ", token \($0)" } ?? "")
            + (self.isPinned ? ", pinned" : self.expiresIn.map { ", \(seconds($0)) left" } ?? "")
    }
}
