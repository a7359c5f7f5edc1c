import FoundationEssentials
import Logging

/// One log statement with all its metadata, in the shapes that journal and terminal want.
struct LogLine: Sendable {
    /// When it was said; the journal keeps its own time.
    var time = Date()
    var level: Logger.Level
    var message: String
    var label: String
    var file: String
    var line: UInt
    var function: String
    /// Sorted by key.
    var metadata: [(key: String, value: String)]

    /// The journal's fields: `MESSAGE`, `PRIORITY`, where in the code, and each metadata key in capitals.
    func journalFields(identifier: String) -> [String] {
        var fields = [
            "MESSAGE=\(self.message)", "PRIORITY=\(self.level.syslogPriority)", "SYSLOG_IDENTIFIER=\(identifier)",
            "LOGGER=\(self.label)", "CODE_FILE=\(self.file)", "CODE_LINE=\(self.line)", "CODE_FUNC=\(self.function)",
        ]
        for (key, value) in self.metadata {
            if let name = journalFieldName(key) { fields.append("\(name)=\(value)") }
        }
        return fields
    }

    /// One line for people: when, level, label, message, then `key=value`.
    var text: String {
        let details = self.metadata.map { " \($0.key)=\($0.value)" }.joined()
        let line =
            "\(self.time.formatted(Self.timeStyle)) \(self.level.rawValue) \(self.label): \(self.message)\(details)"
        return line.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n") + "\n"
    }

    private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

/// The journal's name for a metadata key: capitals, digits and `_`, at most 64, not starting with `_` or a digit.
///
/// Names the journal gives meaning to are left to it: `nil` for those and for a key that has no letter.
func journalFieldName(_ key: String) -> String? {
    var name = ""
    for character in key.utf8.prefix(64) {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): name.unicodeScalars.append(Unicode.Scalar(character - 32))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.unicodeScalars.append(Unicode.Scalar(character))
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            if !name.isEmpty { name.unicodeScalars.append(Unicode.Scalar(character)) }
        default: if !name.isEmpty { name.append("_") }
        }
    }
    return name.isEmpty || reservedFields.contains(name) ? nil : name
}

private let reservedFields: Set<String> = [
    "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "LOGGER", "CODE_FILE", "CODE_LINE", "CODE_FUNC",
]

extension Logger.Level {
    /// The level as syslog counts it, which is what the journal keeps.
    var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
