#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Maps an axis's values to places between 0 and 1, and knows where its ticks are.
struct Scaling: Sendable, Hashable {
    let scale: Axis.Scale
    let range: ClosedRange<Double>
    /// In rising order, all inside the range.
    let ticks: [Double]

    /// - Parameter values: what the axis must show unless it says itself what it shows.
    init(_ axis: Axis, values: some Sequence<Double>, isHorizontal: Bool) {
        self.scale = axis.scale
        var low = Double.infinity
        var high = -Double.infinity
        for value in values where value.isFinite && (axis.scale == .linear || value > 0) {
            low = min(low, value)
            high = max(high, value)
        }
        if low > high { (low, high) = axis.scale == .linear ? (0, 1) : (1, 10) }
        if let range = axis.range {
            (low, high) = (range.lowerBound, range.upperBound)
        } else if axis.scale == .linear, !isHorizontal {
            low = min(low, 0)
        }
        switch axis.scale {
        case .linear:
            if high <= low { high = low + 1 }
            let step = Self.step(high - low, unit: axis.unit, atMost: isHorizontal ? 10 : 6)
            if axis.range == nil, !isHorizontal {
                low = (low / step).rounded(.down) * step
                high = (high / step).rounded(.up) * step
            }
            self.range = low...high
            let first = (low / step).rounded(.up)
            let count = Int(((high / step).rounded(.down) - first).clamped(to: -1...100))
            self.ticks = count < 0 ? [] : (0...count).map { (first + Double($0)) * step }
        case .logarithmic:
            low = max(low, 1e-9)
            high = max(high, low)
            let (bottom, top) = (Self.decade(atMost: low), Self.decade(atLeast: max(high, low * 1.000001)))
            self.range = axis.range == nil ? bottom...top : low...max(high, low * 10)
            self.ticks = Self.logarithmicTicks(self.range)
        }
    }

    /// Where `value` lies: 0 at the start of the axis, 1 at its end; outside of that beyond them, `nil` for nowhere.
    func place(_ value: Double) -> Double? {
        guard value.isFinite else { return nil }
        switch self.scale {
        case .linear: return (value - self.range.lowerBound) / (self.range.upperBound - self.range.lowerBound)
        case .logarithmic:
            guard value > 0 else { return nil }
            let (low, high) = (log10(self.range.lowerBound), log10(self.range.upperBound))
            return (log10(value) - low) / (high - low)
        }
    }

    /// The roundest step that gives at most so many ticks: 1, 2 or 5 times a power of ten; of seconds also parts of minutes.
    private static func step(_ span: Double, unit: Axis.Unit, atMost count: Double) -> Double {
        if unit == .seconds, span > 60 {
            let steps: [Double] = [10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400]
            if let step = steps.first(where: { span / $0 <= count }) { return step }
        }
        let power = Self.decade(atMost: span / count)
        return [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= count } ?? power * 10
    }

    private static func logarithmicTicks(_ range: ClosedRange<Double>) -> [Double] {
        let decades = log10(range.upperBound / range.lowerBound)
        let between: [Double] = decades <= 2.5 ? [1, 2, 5] : [1]
        var ticks: [Double] = []
        var power = Self.decade(atMost: range.lowerBound)
        while power <= range.upperBound * 1.000001, ticks.count < 100 {
            for factor in between {
                let tick = power * factor
                if tick >= range.lowerBound * 0.999999, tick <= range.upperBound * 1.000001 { ticks.append(tick) }
            }
            power *= 10
        }
        return ticks
    }

    private static func decade(atMost value: Double) -> Double {
        Self.powerOfTen(log10(value * 1.000001).rounded(.down))
    }

    private static func decade(atLeast value: Double) -> Double {
        Self.powerOfTen(log10(value * 0.999999).rounded(.up))
    }

    /// Made by multiplication, as `pow` may miss by the last digit.
    private static func powerOfTen(_ exponent: Double) -> Double {
        var power = 1.0
        for _ in 0..<Int(abs(exponent).clamped(to: 0...300)) { power *= 10 }
        return exponent < 0 ? 1 / power : power
    }
}

extension Comparable {
    /// The nearest value within `range`.
    func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
