import ArgumentParser

/// A length of time on the command line: `500ms`, `30s`, `5m`, `1h`, or parts together as in `1m30s`.
struct DurationArgument: ExpressibleByArgument, Sendable {
    var milliseconds: Int64

    var duration: Duration { .milliseconds(self.milliseconds) }

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        var total: Int64 = 0
        var rest = argument[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let count = Int64(digits), count >= 0, let scale = Self.units[String(unit)] else { return nil }
            let (part, overflowed) = count.multipliedReportingOverflow(by: scale)
            let (sum, overflowedAgain) = total.addingReportingOverflow(part)
            guard !overflowed, !overflowedAgain else { return nil }
            total = sum
            rest = rest.dropFirst(digits.count + unit.count)
        }
        self.milliseconds = total
    }

    var defaultValueDescription: String {
        self.milliseconds % 1_000 == 0 ? "\(self.milliseconds / 1_000)s" : "\(self.milliseconds)ms"
    }

    private static let units: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
}
