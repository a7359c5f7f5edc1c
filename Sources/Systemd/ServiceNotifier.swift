internal import CSystemd

/// Tells the service manager how the process is doing (`sd_notify(3)`); does nothing when none is listening.
///
/// Thread-safe: each call is one datagram.
public struct ServiceNotifier: Sendable {
    /// One thing to tell.
    public enum State: Sendable, Hashable {
        /// Start-up is over: what was ordered after us may start.
        case ready
        /// Shutdown has begun.
        case stopping
        /// One line for people, shown by `systemctl status`.
        case status(String)

        var assignment: String {
            switch self {
            case .ready: "READY=1"
            case .stopping: "STOPPING=1"
            case .status(let text): "STATUS=\(text.split(whereSeparator: \.isNewline).joined(separator: " "))"
            }
        }
    }

    /// Talks to the socket that `NOTIFY_SOCKET` names.
    public init() {}

    /// Sends the states in one message; returns whether a service manager took it.
    @discardableResult
    public func notify(_ states: State...) -> Bool {
        sd_notify(0, states.map(\.assignment).joined(separator: "\n")) > 0
    }
}
