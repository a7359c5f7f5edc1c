import ArgumentParser

/// A length of time on the command line: `500ms`, `30s`, `4.5s`, `1h`, or parts together as in `1m30s`; at most a year, and
/// whole milliseconds.
package struct DurationArgument: ExpressibleByArgument, Sendable, Hashable {
    package var milliseconds: Int64

    package var duration: Swift.Duration { .milliseconds(self.milliseconds) }

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init?(argument: String) {
        var total: Int64 = 0
        var rest = argument[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
            guard let scale = Self.units[String(unit)], let part = Self.milliseconds(number, scale) else { return nil }
            total += part
            guard total <= Self.longest else { return nil }
            rest = rest.dropFirst(number.count + unit.count)
        }
        self.milliseconds = total
    }

    /// `number` times `scale`, both at most a year; `nil` when that is no whole number, or more.
    private static func milliseconds(_ number: Substring, _ scale: Int64) -> Int64? {
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int64(parts[0]), whole <= Self.longest / scale else { return nil }
        guard parts.count == 2 else { return whole * scale }
        guard (1...6).contains(parts[1].count), let fraction = Int64(parts[1]) else { return nil }
        let divisor = parts[1].reduce(Int64(1)) { power, _ in power * 10 }
        guard fraction * scale % divisor == 0 else { return nil }
        return whole * scale + fraction * scale / divisor
    }

    package var defaultValueDescription: String { self.text }

    /// As it would be written on the command line.
    package var text: String {
        self.milliseconds % 1_000 == 0 ? "\(self.milliseconds / 1_000)s" : "\(self.milliseconds)ms"
    }

    /// A day is the longest lease; a year is the longest anything here.
    private static let longest: Int64 = 31_536_000_000
    private static let units: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
}
