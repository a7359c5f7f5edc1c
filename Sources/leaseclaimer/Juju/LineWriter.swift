/// Writes a line for everything that happens to a holder, in the columns of Juju's tool, which others read.
final class LineWriter {
    enum Form: String, Sendable, Hashable, CaseIterable {
        /// Short, without denials and the end of waits.
        case quiet
        case verbose
    }

    let form: Form
    /// Of the names of leases.
    let prefix: String
    private let start: Instant
    private let claimTime: TimeSpan
    private let renewTime: TimeSpan
    private var connected = 0
    private let write: (_ line: String, _ isError: Bool) -> Void

    /// - Parameters:
    ///   - start: what the first column counts from.
    ///   - write: takes a line without its end.
    init(
        _ form: Form,
        prefix: String,
        start: Instant,
        claimTime: TimeSpan,
        renewTime: TimeSpan,
        write: @escaping (_ line: String, _ isError: Bool) -> Void
    ) {
        self.form = form
        self.prefix = prefix
        self.start = start
        self.claimTime = claimTime
        self.renewTime = renewTime
        self.write = write
    }

    func connected(_ unit: String, _ took: TimeSpan, pid: Int32, at now: Instant) {
        self.connected += 1
        let number = Self.padded("\(self.connected)", 4)
        self.line(now, "connected [\(Self.padded("\(pid)", 6))] \(number) \(unit) in \(Self.text(took))")
    }

    func claimed(_ application: String, _ unit: String, _ took: TimeSpan, at now: Instant) {
        let took = Self.text(took)
        switch self.form {
        case .quiet: self.line(now, "claimed  \(unit) in \(took)")
        case .verbose:
            self.line(
                now,
                "claimed leadership of \"\(application)\" for \"\(unit)\" for \(Self.text(self.claimTime)) in \(took),"
                    + " renewing after \(Self.text(self.renewTime))"
            )
        }
    }

    func extended(_ application: String, _ unit: String, _ took: TimeSpan, held: TimeSpan, at now: Instant) {
        let (took, held) = (Self.text(took), Self.text(held))
        switch self.form {
        case .quiet: self.line(now, "extended \(unit) held for \(held) in \(took)")
        case .verbose:
            self.line(
                now,
                "extended leadership of \"\(application)\" for \"\(unit)\" for \(Self.text(self.claimTime)) in \(took),"
                    + " held for \(held), renewing after \(Self.text(self.renewTime))"
            )
        }
    }

    func lost(_ application: String, _ unit: String, held: TimeSpan, _ took: TimeSpan, at now: Instant) {
        let (took, held) = (Self.text(took), Self.text(held))
        switch self.form {
        case .quiet: self.line(now, "lost     \(unit) after \(held) in \(took)")
        case .verbose:
            self.line(
                now,
                "lost leadership of \"\(application)\" for \"\(unit)\" after \(held) in \(took), blocking until released"
            )
        }
    }

    func denied(_ application: String, _ unit: String, _ took: TimeSpan, at now: Instant) {
        guard self.form == .verbose else { return }
        let took = Self.text(took)
        self.line(now, "claim of \"\(application)\" for \"\(unit)\" denied in \(took), blocking until released")
    }

    func unblocked(_ application: String, _ unit: String, _ waited: TimeSpan, at now: Instant) {
        guard self.form == .verbose else { return }
        let waited = Self.text(waited)
        self.line(now, "blocking of \"\(application)\" for \"\(unit)\" returned after \(waited), attempting to claim")
    }

    func blockFailed(_ application: String, _ unit: String, _ took: TimeSpan, _ reason: String, at now: Instant) {
        self.line(
            now,
            "blocking for leadership of \"\(application)\" for \"\(unit)\" failed in \(Self.text(took)) with"
                + " error blocking on leadership release: \(reason)",
            isError: true
        )
    }

    func claimFailed(_ application: String, _ unit: String, _ took: TimeSpan, _ reason: String, at now: Instant) {
        self.line(
            now,
            "claim of \"\(application)\" for \"\(unit)\" failed in \(Self.text(took)): \(reason)",
            isError: true
        )
    }

    private func line(_ now: Instant, _ text: String, isError: Bool = false) {
        self.write("\(Self.column(now - self.start)) \(text)", isError)
    }

    // MARK: Columns

    /// Seconds with three digits behind the point, nine wide with the spaces before them.
    static func column(_ span: TimeSpan) -> String {
        let milliseconds = max(span.wholeMilliseconds, 0)
        let rest = "\(milliseconds % 1_000)"
        let fraction = String(repeating: "0", count: 3 - rest.count) + rest
        return Self.padded("\(milliseconds / 1_000).\(fraction)", 9) + "s"
    }

    /// As Go writes a duration of whole milliseconds: `45ms`, `1.234s`, `1m30s`.
    static func text(_ span: TimeSpan) -> String {
        let milliseconds = max(span.wholeMilliseconds, 0)
        if milliseconds < 1_000 { return milliseconds == 0 ? "0s" : "\(milliseconds)ms" }
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        var seconds = "\(milliseconds / 1_000 % 60)"
        if milliseconds % 1_000 > 0 {
            var fraction = "\(milliseconds % 1_000)"
            fraction = String(repeating: "0", count: 3 - fraction.count) + fraction
            while fraction.hasSuffix("0") { fraction.removeLast() }
            seconds += ".\(fraction)"
        }
        return (hours > 0 ? "\(hours)h" : "") + (hours > 0 || minutes > 0 ? "\(minutes)m" : "") + "\(seconds)s"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.utf8.count, 0)) + text
    }
}
