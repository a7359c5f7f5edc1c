/// Where a time axis has its ticks and what stands at them: six to twelve, at round times.
struct TimeAxis {
    /// Milliseconds since the axis's own beginning, and the label.
    private(set) var ticks: [(at: Double, label: String)] = []

    init(length: Double) {
        let step = Self.step(for: length)
        var index = 0
        while Double(index) * step <= length, index < 100 {
            let at = Double(index) * step
            self.ticks.append((at, Self.label(at, step: step, length: length)))
            index += 1
        }
    }

    private static func step(for length: Double) -> Double {
        // Minutes, hours and days are not decimal.
        let long: [Double] = [60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400].map { $0 * 1000 }
        if length > 360_000 {
            if let step = long.first(where: { length / $0 <= 10 }) { return step }
            return (length / 10 / 86_400_000).rounded(.up) * 86_400_000
        }
        var power = 0.001
        while power * 10 < length / 5 { power *= 10 }
        return [1, 2, 5, 10, 20, 50].map { $0 * power }.first { length / $0 <= 10 } ?? power * 100
    }

    private static func label(_ at: Double, step: Double, length: Double) -> String {
        guard at > 0 else { return "0" }
        if length > 360_000 { return TimeText.milliseconds(at) }
        if length >= 5_000 { return "\(TimeText.number(at / 1000, decimals: step < 1_000 ? 1 : 0)) s" }
        return "\(TimeText.number(at, decimals: step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0)) ms"
    }
}
