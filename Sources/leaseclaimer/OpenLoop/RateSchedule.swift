import CommandArguments
import Glibc

/// How many operations a second are due, stretch after stretch.
struct RateSchedule: Sendable, Hashable {
    struct Stretch: Sendable, Hashable {
        var duration: TimeSpan
        /// Operations a second.
        var rate: Double
    }

    let stretches: [Stretch]

    init(_ stretches: [Stretch]) { self.stretches = stretches }

    /// Reads `10s:1000,30s:10000,20s:1000`; `nil` for anything else.
    init?(_ text: String) {
        var stretches: [Stretch] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2, let span = DurationArgument(argument: String(pair[0])), span.milliseconds > 0,
                let rate = Double(pair[1]), rate >= 0, rate <= 10_000_000
            else { return nil }
            stretches.append(Stretch(duration: span.timeSpan, rate: rate))
        }
        guard !stretches.isEmpty, stretches.contains(where: { $0.rate > 0 }) else { return nil }
        self.stretches = stretches
    }

    var duration: TimeSpan { self.stretches.reduce(.zero) { $0 + $1.duration } }

    var highest: Double { self.stretches.map(\.rate).max() ?? 0 }

    /// Of those in which anything is due.
    var lowest: Double { self.stretches.map(\.rate).filter { $0 > 0 }.min() ?? 0 }

    /// The same with another number of operations a second everywhere, for one of several loops, or for calls of several.
    func scaled(by factor: Double) -> RateSchedule {
        RateSchedule(self.stretches.map { Stretch(duration: $0.duration, rate: $0.rate * factor) })
    }
}

/// When the operations of an open loop are due: independent of what becomes of them.
struct Arrivals: Sendable {
    /// How they are spread.
    enum Spacing: String, Sendable, Hashable, CaseIterable {
        /// As from very many independent clients: by chance, in bursts.
        case poisson
        case constant
    }

    private let schedule: RateSchedule
    private let spacing: Spacing
    private var random: SplitMix64
    private var stretch = 0
    /// When the present stretch began.
    private var began: Instant
    /// When the next is due; `nil` when no more will be.
    private(set) var next: Instant?

    init(_ schedule: RateSchedule, spacing: Spacing, start: Instant, seed: UInt64) {
        self.schedule = schedule
        self.spacing = spacing
        self.random = SplitMix64(seed: seed)
        self.began = start
        self.next = start
        // The first is not due at the very start: several loops would march in step.
        self.next = self.after(start, remaining: self.gap())
    }

    /// Goes on to the one after the next.
    mutating func pop() {
        guard let next = self.next else { return }
        self.next = self.after(next, remaining: self.gap())
    }

    /// How much must pass, counted in operations of the mean rate, so that it does not depend on the rate.
    private mutating func gap() -> Double {
        switch self.spacing {
        case .constant: return 1
        case .poisson: return -log(Double.random(in: Double.leastNonzeroMagnitude...1, using: &self.random))
        }
    }

    /// The moment by which `remaining` operations' worth of time has passed since `instant`, over stretches of any rate.
    private mutating func after(_ instant: Instant, remaining: Double) -> Instant? {
        var (instant, remaining) = (instant, remaining)
        while self.stretch < self.schedule.stretches.count {
            let stretch = self.schedule.stretches[self.stretch]
            let end = self.began + stretch.duration
            let capacity = (end - instant).inSeconds * stretch.rate
            if remaining < capacity {
                return Instant(nanoseconds: instant.nanoseconds + Int64(remaining / stretch.rate * 1e9))
            }
            remaining -= max(capacity, 0)
            instant = end
            self.began = end
            self.stretch += 1
        }
        return nil
    }
}
