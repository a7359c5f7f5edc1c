import CoreMetrics
import Synchronization

/// One series that swift-metrics writes: adding to it never formats, allocates or waits long.
protocol MetricCell: AnyObject, Sendable {
    var value: MetricSample.Value { get }
}

/// A counter; one atomic addition each.
final class CounterCell: MetricCell, CounterHandler {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) { self.count.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { self.count.store(0, ordering: .relaxed) }

    var value: MetricSample.Value { .integer(max(0, self.count.load(ordering: .relaxed))) }
}

/// A gauge; the newest value counts.
final class GaugeCell: MetricCell, MeterHandler, RecorderHandler {
    private let current = Mutex<Double>(0)

    func set(_ value: Int64) { self.set(Double(value)) }

    func set(_ value: Double) { self.current.withLock { $0 = value } }

    func increment(by amount: Double) { self.current.withLock { $0 += amount } }

    func decrement(by amount: Double) { self.increment(by: -amount) }

    func record(_ value: Int64) { self.set(Double(value)) }

    func record(_ value: Double) { self.set(value) }

    var value: MetricSample.Value { .real(self.current.withLock { $0 }) }
}

/// A histogram with fixed buckets.
final class DistributionCell: MetricCell, RecorderHandler, TimerHandler {
    private let distribution: Mutex<Distribution>

    init(bounds: [Double]) { self.distribution = Mutex(Distribution(bounds: bounds)) }

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) { self.distribution.withLock { $0.record(value) } }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }

    var value: MetricSample.Value { .distribution(self.distribution.withLock { $0 }) }
}
