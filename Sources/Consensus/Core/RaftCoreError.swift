/// Why a step was refused, or why consensus cannot go on.
package struct RaftCoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Hashable, Sendable {
        /// Only the leader takes this, and not while it hands leadership over.
        case notLeader = "not-leader"
        /// No such voter to hand leadership to.
        case noSuchServer = "no-such-server"
        /// A peer sent something that breaks the protocol; it was dropped.
        case badMessage = "bad-message"
        /// The caller broke a rule of `RaftCoreEvent`; nothing was done.
        case badEvent = "bad-event"
        /// What the log store held cannot be a controller's state.
        case badStart = "bad-start"
        /// This node's committed history contradicts the leader's.
        case conflictingHistory = "conflicting-history"
        /// The core ran out of memory.
        case outOfMemory = "out-of-memory"
        /// The core failed for another reason.
        case failed
    }

    package var code: Code
    package var message: String
    /// What a person can do about it.
    package var remedy: String

    package init(_ code: Code, _ message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    /// Whether the core must be thrown away and started again from disk. When not, the step changed nothing.
    package var isFatal: Bool {
        switch self.code {
        case .notLeader, .noSuchServer, .badMessage, .badEvent: false
        case .badStart, .conflictingHistory, .outOfMemory, .failed: true
        }
    }

    package var description: String { "\(self.code.rawValue): \(self.message); \(self.remedy)" }
}
