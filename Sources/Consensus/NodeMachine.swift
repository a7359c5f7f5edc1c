/// What the log is for: the same commands in the same order bring every replica to the same state.
///
/// A value, so that a copy can be encoded while the original goes on. Nothing in it may depend on a clock, on chance or
/// on the order of a hash table.
package protocol ReplicatedStateMachine: Sendable {
    associatedtype Output: Sendable

    /// Applies one command. Bytes it cannot read must change nothing and be answered in the output: they are in every
    /// replica's log already, so throwing would stop the whole cluster at once.
    mutating func apply(_ payload: [UInt8]) -> Output
    /// The whole state. May be called on a copy, on any thread.
    func encodedSnapshot() -> [UInt8]
    /// Replaces the state by an encoded one; throws when the bytes are not what `encodedSnapshot` makes.
    mutating func restore(_ data: [UInt8]) throws
}
