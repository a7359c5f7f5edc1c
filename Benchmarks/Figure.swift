/// One measured thing: its unit and what each run gave.
struct Figure: Sendable, Hashable {
    let name: String
    let unit: String
    let samples: [Double]

    /// Every figure has at least one run.
    init(_ name: String, unit: String, _ samples: [Double]) {
        precondition(!samples.isEmpty, "\(name) was never measured")
        self.name = name
        self.unit = unit
        self.samples = samples.sorted()
    }

    var median: Double { percentile(50, of: self.samples) }
    var lowest: Double { self.samples[0] }
    var highest: Double { self.samples[self.samples.count - 1] }

    /// One line for people.
    var line: String {
        let name = self.name.padded(to: 30)
        let unit = self.unit.padded(to: 6)
        let value = readable(self.median).padded(to: 10)
        let range = "\(readable(self.lowest))–\(readable(self.highest))".padded(to: 20)
        return "\(name)\(unit)\(value)\(range)\(self.samples.count) runs"
    }
}

/// The smallest value that at least `percent` of the sorted `values` do not exceed.
func percentile(_ percent: Double, of values: [Double]) -> Double {
    let rank = Int((percent / 100 * Double(values.count)).rounded(.up))
    return values[min(max(rank, 1), values.count) - 1]
}

/// Three digits that matter.
private func readable(_ value: Double) -> String {
    switch value.magnitude {
    case 100...: return "\(Int(value.rounded()))"
    case 10...: return "\((value * 10).rounded() / 10)"
    default: return "\((value * 100).rounded() / 100)"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - self.count, 1))
    }
}

extension Duration {
    /// With fractions.
    var inMilliseconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) * 1_000 + Double(attoseconds) / 1e15
    }
}
