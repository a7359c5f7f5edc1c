/// Why a recording did not replay.
public enum ReplayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is of a format this library does not know.
    case otherFormat(Int, supported: Int)
    /// The engine answered event number `index`, counted from 0, with another action than it had recorded; nil is none.
    case differs(index: Int, event: String, expected: String?, got: String?)
    /// Event number `index` makes no sense; it was not written like this.
    case damaged(index: Int, problem: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .otherFormat(let format, let supported):
            "the recording is of format \(format); this engine replays format \(supported)"
        case .differs(let index, let event, let expected, let got):
            "event \(index) (\(event)) was answered with \(Self.quoted(got)) where \(Self.quoted(expected)) was recorded"
        case .damaged(let index, let problem):
            "event \(index) of the recording is damaged: \(problem)"
        }
    }

    private static func quoted(_ action: String?) -> String {
        action.map { "\"\($0)\"" } ?? "nothing more"
    }
}
