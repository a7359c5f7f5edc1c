/// What is kept of an operation's result, in one word: its kind, and the token of the grant it speaks of.
///
/// The holder's name is in the command that is sent again or, while the grant is current, in the lease; the time that is
/// left is told anew each time.
struct RememberedOutcome: Hashable, Sendable {
    enum Kind: UInt8, Hashable, Sendable {
        case granted = 1
        case held = 2
        case notHeld = 3
        case revoked = 4
        case revoking = 5
        case unpinned = 6
        case pinned = 7
        /// Nothing was applied under the id and nothing will be: somebody asked first.
        case never = 8
        case tooManyLeases = 9
        case tooManyPins = 10
        case tooManyTokens = 11

        /// Whether it speaks of a grant.
        var hasToken: Bool { self == .granted || self == .held }
    }

    /// The kind above the bits of the largest token.
    private var word: UInt64
    private static let tokenBits: UInt64 = 53

    init(kind: Kind, token: UInt64 = 0) {
        self.word = UInt64(kind.rawValue) << Self.tokenBits | token & FencingToken.largest
    }

    /// What is kept of `result`; `nil` for one that is not remembered: it would be the same again, or asks.
    init?(_ result: OperationResult) {
        switch result {
        case .granted(let grant): self.init(kind: .granted, token: grant.token.rawValue)
        case .held(let grant): self.init(kind: .held, token: grant.token.rawValue)
        case .notHeld: self.init(kind: .notHeld)
        case .revoked: self.init(kind: .revoked)
        case .revoking: self.init(kind: .revoking)
        case .pinned(let isPinned): self.init(kind: isPinned ? .pinned : .unpinned)
        case .refused(Refused.leases): self.init(kind: .tooManyLeases)
        case .refused(Refused.pins): self.init(kind: .tooManyPins)
        case .refused(Refused.tokens): self.init(kind: .tooManyTokens)
        case .expired, .invalid, .refused, .resolved: return nil
        }
    }

    // Every word has a valid kind, as only the initializers above make one.
    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: self.word >> Self.tokenBits)) ?? .never }
    var token: UInt64 { self.word & FencingToken.largest }
}

/// Why the state had no room, in the words its answers use.
enum Refused {
    static let leases = "too many leases are held already; try again later"
    static let pins = "too many pins stand already; unpin some"
    static let tokens = "every fencing token has been given out; this cluster cannot grant again"
    static let results = "too many results are remembered already; try again later"
}
