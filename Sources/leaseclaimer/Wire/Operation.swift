/// What can be asked of a controller, as it is counted.
enum Operation: UInt8, Sendable, Hashable, CaseIterable {
    case claim, extend, wait, revoke, critical
    /// Not counted.
    case login, ping

    var name: String {
        switch self {
        case .claim: "claim"
        case .extend: "extend"
        case .wait: "wait"
        case .revoke: "revoke"
        case .critical: "critical"
        case .login: "login"
        case .ping: "ping"
        }
    }

    var countsLatency: Bool {
        switch self {
        case .claim, .extend, .revoke, .critical: true
        // How long a wait takes is the holder's affair.
        case .wait, .login, .ping: false
        }
    }
}
