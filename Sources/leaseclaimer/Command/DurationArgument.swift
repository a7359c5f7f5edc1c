import ArgumentParser

/// A length of time on the command line: `500ms`, `30s`, `5m`, `1h`, or parts together as in `1m30s`.
struct DurationArgument: ExpressibleByArgument, Sendable, Hashable {
    var milliseconds: Int64

    var duration: TimeSpan { .milliseconds(self.milliseconds) }

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        var total: Int64 = 0
        var rest = argument[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            // A day is the longest lease; a year is the longest anything here.
            guard let count = Int64(digits), count <= 31_536_000_000, let scale = Self.units[String(unit)] else {
                return nil
            }
            total += count * scale
            guard total <= 31_536_000_000 else { return nil }
            rest = rest.dropFirst(digits.count + unit.count)
        }
        self.milliseconds = total
    }

    var defaultValueDescription: String { self.text }

    /// As it would be written on the command line.
    var text: String {
        self.milliseconds % 1_000 == 0 ? "\(self.milliseconds / 1_000)s" : "\(self.milliseconds)ms"
    }

    private static let units: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
}
