/// Durations as people read them, with no more digits than they need.
enum TimeText {
    /// Such as `0.42 ms`, `38 ms`, `1.5 s`, `2 m 5 s`, `3 h 20 m` or `4 d 2 h`.
    static func milliseconds(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<10: return "\(self.number(milliseconds, decimals: 2)) ms"
        case ..<100: return "\(self.number(milliseconds, decimals: 1)) ms"
        case ..<1_000: return "\(self.number(milliseconds, decimals: 0)) ms"
        case ..<60_000: return "\(self.number(milliseconds / 1000, decimals: 1)) s"
        default: break
        }
        let seconds = Int(min(milliseconds / 1000, 1e15))
        if seconds < 3_600 { return self.two(seconds / 60, "m", seconds % 60, "s") }
        if seconds < 86_400 { return self.two(seconds / 3_600, "h", seconds / 60 % 60, "m") }
        return self.two(seconds / 86_400, "d", seconds / 3_600 % 24, "h")
    }

    static func text(_ duration: Duration) -> String { self.milliseconds(duration.roundedMilliseconds) }

    /// Rounded, without trailing zeros, the same on every platform.
    static func number(_ value: Double, decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "0" }
        let scale = [1, 10, 100, 1_000][min(max(decimals, 0), 3)]
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        var digits = "\(scaled % scale)"
        guard scale > 1, scaled % scale > 0 else { return "\(sign)\(scaled / scale)" }
        digits = String(repeating: "0", count: "\(scale)".count - 1 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(scaled / scale).\(digits)"
    }

    private static func two(_ large: Int, _ unit: String, _ small: Int, _ smaller: String) -> String {
        small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(smaller)"
    }
}
