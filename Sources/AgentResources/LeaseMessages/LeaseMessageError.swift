/// Why bytes are not the lease message they should be; the message is dropped and counted by the hub.
package struct LeaseMessageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, stable for programs.
    package enum Code: String, Sendable, Hashable {
        /// Written by another version of this program.
        case unknownVersion = "unknown-version"
        /// A kind of message or outcome this version does not know.
        case unknownTag = "unknown-tag"
        /// It ends too early.
        case truncated
        /// More operations or answers than one message may carry.
        case tooMany = "too-many"
        /// A text is not UTF-8.
        case invalidText = "invalid-text"
    }

    package var code: Code

    package init(_ code: Code) { self.code = code }

    package var description: String {
        "a lease message from another controller is refused (\(self.code.rawValue)): "
            + "see that all controllers run the same version"
    }
}
