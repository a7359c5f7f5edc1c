/// Why a node cannot start from what its log store held.
package struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault, for callers that decide by it.
    package enum Code: String, Sendable {
        /// The state machine refuses the snapshot's bytes.
        case corruptSnapshot = "corrupt-snapshot"
        /// What is stored cannot be this controller's log.
        case corruptLog = "corrupt-log"
        /// The consensus core refused to start.
        case coreRefused = "core-refused"

        /// True when another try may go well; otherwise only a person can help.
        package var mayPass: Bool { self == .coreRefused }
    }

    package var code: Code
    /// One sentence for a person, with the remedy.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.message) [\(self.code.rawValue)]" }
}
