/// Keeps what a controller must not forget: term, vote, the newest snapshot and the log after it.
///
/// One owner at a time, which calls from one thread it may block; every method returns only once its change is durable.
/// After a method threw, the store is not to be used again: what is on disk is known only to the next `load`, so the
/// controller stops and starts again from there.
package protocol LogStore: AnyObject, Sendable {
    /// What the store holds; a torn or cut-off tail is dropped, anything else unreadable throws.
    func load() throws -> DurableState
    /// Replaces term and vote; `votedFor` is `nil` when no vote was given in `term`.
    func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) throws
    /// Carries the writes out in order, all or none of them.
    func write(_ writes: [LogWrite]) throws
    /// Releases files and locks; nothing may be called afterwards.
    func close() throws
}
