/// Numbers as people read them.
package enum Amount {
    /// `value` in its unit, with three digits that count: `1.25 k`, `340 MB`, `1m 30s`, `2.4 ms`.
    package static func text(_ value: Double, _ unit: Axis.Unit) -> String {
        guard value.isFinite else { return "–" }
        switch unit {
        case .count: return Self.scaled(value, ["", "k", "M", "G", "T"], separator: "")
        case .bytes: return Self.scaled(value, ["B", "kB", "MB", "GB", "TB"], separator: " ")
        case .seconds: return Self.seconds(value)
        case .milliseconds: return Self.milliseconds(value)
        case .percent: return Self.digits(value) + " %"
        }
    }

    /// With exactly so many digits behind the point, at most nine.
    package static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        var scale: UInt64 = 1
        let digits = digits.clamped(to: 0...3)
        for _ in 0..<digits { scale *= 10 }
        let scaled = UInt64((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = "\(scaled % scale)"
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// Three digits that count, without zeros at the end.
    package static func digits(_ value: Double) -> String {
        let size = abs(value)
        if size != 0, size < 0.001 { return "0" }
        var text = Self.fixed(value, digits: size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func scaled(_ value: Double, _ names: [String], separator: String) -> String {
        var (value, index) = (value, 0)
        while abs(value) >= 999.5, index < names.count - 1 {
            value /= 1_000
            index += 1
        }
        return Self.digits(value) + (names[index].isEmpty ? "" : separator + names[index])
    }

    private static func seconds(_ value: Double) -> String {
        guard abs(value) >= 60, value == value.rounded() else { return Self.digits(value) + " s" }
        let whole = Int(value.clamped(to: -1e9...1e9))
        let (minutes, seconds) = (whole / 60, abs(whole % 60))
        if abs(minutes) >= 60 { return "\(minutes / 60)h" + (minutes % 60 == 0 ? "" : " \(abs(minutes % 60))m") }
        return "\(minutes)m" + (seconds == 0 ? "" : " \(seconds)s")
    }

    private static func milliseconds(_ value: Double) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        if size < 0.9995 { return Self.digits(value * 1_000) + " µs" }
        return size < 999.5 ? Self.digits(value) + " ms" : Self.digits(value / 1_000) + " s"
    }
}
