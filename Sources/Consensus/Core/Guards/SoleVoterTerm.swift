/// Gives the only voter of a cluster a new term at every start, and its own vote in it.
///
/// The core makes it leader at once without a new term. What the last run had written and lost would be replaced by other
/// entries of the same index and term, which nobody can tell apart. The new term must be durable before anything else.
enum SoleVoterTerm {
    static func applies(to server: ServerID, in configuration: ClusterConfiguration) -> Bool {
        configuration.servers.count == 1 && configuration[server] != nil
    }
}
