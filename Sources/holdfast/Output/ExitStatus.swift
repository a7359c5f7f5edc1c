/// The exit statuses that scripts may rely on.
enum ExitStatus {
    static let granted: Int32 = 0
    static let failure: Int32 = 1
    static let held: Int32 = 3
    static let refused: Int32 = 4
    static let unknown: Int32 = 5
    /// EX_USAGE.
    static let usage: Int32 = 64
    /// EX_TEMPFAIL: `lease run` lost its lease.
    static let lost: Int32 = 75
}
