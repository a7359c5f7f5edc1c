/// Why a manifold is as it is: a tree of unmet inputs down to the root cause. Encodes to stable kebab-case keys.
public struct Explanation: Sendable, Hashable, Codable {
    /// The manifold.
    public var name: String
    /// How the manifold above needs it; nil at the top.
    public var kind: InputKind?
    /// What it is doing.
    public var state: ManifoldState
    /// Why it is in that state, in words.
    public var reason: String
    /// The plugin it came from, by file name; nil when it was compiled into the program.
    public var origin: String?
    /// What it failed with last.
    public var lastError: String?
    /// 1 after healthy time, one more after each failure since.
    public var attempt: Int
    /// Milliseconds to the next attempt, when it waits for one.
    public var retryInMilliseconds: Int?
    /// What it waits for.
    public var because: [Explanation]

    enum CodingKeys: String, CodingKey {
        case name, kind, state, reason, origin, attempt, because
        case lastError = "last-error"
        case retryInMilliseconds = "retry-in-ms"
    }

    /// The tree as indented text, a line each, without a final newline.
    public var text: String {
        var lines: [String] = []
        self.append(to: &lines, prefix: "", branch: "")
        return lines.joined(separator: "\n")
    }

    private func append(to lines: inout [String], prefix: String, branch: String) {
        let how = self.kind.map { $0 == .required ? "" : " (\($0.rawValue))" } ?? ""
        let origin = self.origin.map { " [\($0)]" } ?? ""
        lines.append("\(branch)\(self.name)\(origin)\(how): \(self.state.rawValue): \(self.reason)")
        for (index, child) in self.because.enumerated() {
            let isLast = index == self.because.count - 1
            child.append(
                to: &lines,
                prefix: prefix + (isLast ? "   " : "│  "),
                branch: prefix + (isLast ? "└─ " : "├─ ")
            )
        }
    }
}
