/// How far what the leader said about its load is to be believed.
enum LeaseTransportLoad {
    /// Older words are none: a load comes and goes within seconds.
    static let validity = Duration.seconds(1)
}
