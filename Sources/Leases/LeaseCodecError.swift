/// Why bytes are not the batch, operation, result or snapshot they should be.
///
/// Nothing is changed by bytes that are refused.
package struct LeaseCodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, stable for programs.
    package enum Code: String, Hashable, Sendable {
        /// It does not begin as it should: something else was read.
        case notRecognised = "not-recognised"
        /// Written by another version of this program.
        case unknownVersion = "unknown-version"
        /// A kind of operation, result or flag this version does not know.
        case unknownTag = "unknown-tag"
        /// It ends too early.
        case truncated
        /// More follows than belongs to it.
        case trailingBytes = "trailing-bytes"
        /// A number, text or count is larger than allowed.
        case tooLarge = "too-large"
        /// A text is not UTF-8.
        case invalidText = "invalid-text"
        /// It says something no writer of this format says, for example keys out of order.
        case inconsistent
        /// Its checksum does not fit: it was damaged.
        case damaged
    }

    package var code: Code
    /// What was being read, for example `holder`.
    package var field: String
    /// Bytes from the beginning.
    package var offset: Int

    package init(_ code: Code, field: String, offset: Int) {
        self.code = code
        self.field = field
        self.offset = offset
    }

    package var description: String {
        let remedy =
            switch self.code {
            case .notRecognised: "this is not lease data; check which file or peer it came from"
            case .unknownVersion, .unknownTag:
                "it was written by another version; run one version on all controllers, the one that wrote it or a newer that reads it"
            case .tooLarge: "it is larger than any controller writes; it is damaged or comes from elsewhere"
            case .truncated, .trailingBytes, .invalidText, .inconsistent, .damaged:
                "it is damaged; restore this controller from its peers or a backup"
            }
        return "lease data refused: \(self.code.rawValue) at byte \(self.offset) (\(self.field)); \(remedy)"
    }
}
