/// What the log is for: the same commands in the same order bring every replica to the same state.
///
/// Nothing in it may depend on a clock, on chance or on the order of a hash table.
package protocol ReplicatedStateMachine: Sendable {
    associatedtype Output: Sendable
    /// The state a snapshot holds, read and not yet in force.
    associatedtype Restored: Sendable

    /// Applies one command. Bytes no version can read must change nothing and be answered in the output: they are in
    /// every replica's log already, so throwing would stop the whole cluster at once.
    ///
    /// - Parameter isAnswered: whether whoever proposed it waits on this node; nobody reads the rest's results.
    /// - Throws: when another version can read what this one cannot, having changed nothing. The node halts: going on
    ///   without the command would make this replica differ from those that understand it.
    mutating func apply(_ payload: [UInt8], isAnswered: Bool) throws(UnknownFormat) -> Output
    /// Reads a snapshot and changes nothing; throws when the bytes are none, and `UnknownFormat` when another version
    /// made them.
    func restored(from data: [UInt8]) throws -> Restored
    /// Replaces the state by a snapshot's.
    mutating func restore(_ state: Restored)
}

/// Bytes that another version of this program wrote and this one cannot read.
package struct UnknownFormat: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is unknown, with the remedy.
    package var description: String

    package init(_ description: String) { self.description = description }
}
