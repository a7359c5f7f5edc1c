/// How far what the leader said about its load is to be believed.
enum LeaseTransportLoad {
    /// Older words are none: an overload's answers come much more often, and claims that are refused here bring none that
    /// tell of its end.
    static let validity = Duration.milliseconds(250)
}
