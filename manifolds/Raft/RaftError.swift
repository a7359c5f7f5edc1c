/// Why Raft cannot go on, or cannot answer.
package struct RaftError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: String, Sendable, Hashable {
        /// The node stopped itself; it starts again from its disk where that may help.
        case halted
        /// The worker is stopping or has stopped.
        case stopping
        /// The entry waited for was not applied in time.
        case deadlineExceeded = "deadline-exceeded"
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }

    static let stopping = RaftError(.stopping, "Raft is stopping on this controller: try again")
}
