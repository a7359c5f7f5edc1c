import CoreMetrics
import Synchronization

/// Takes what is reported through swift-metrics: a label and its dimensions become one series under the prefix.
///
/// Counters get `_total`; timers are histograms in seconds, `_seconds` in their names; recorders are histograms when
/// they aggregate and gauges when not. A label that names its unit already keeps it. What is more than the limit is
/// counted nowhere, and that it was is told.
final class BridgedMetrics: MetricsFactory {
    private struct Key: Hashable {
        var name: String
        var labels: [MetricLabel]
    }

    private struct Entry {
        var help: String
        var kind: MetricFamily.Kind
        var unit: MetricFamily.Unit?
    }

    private struct State {
        var families: [String: Entry] = [:]
        var cells: [Key: any MetricCell] = [:]
        var keys: [ObjectIdentifier: Key] = [:]
        var dropped = 0
    }

    private let prefix: String
    private let helps: [String: String]
    private let seriesLimit: Int
    private let state = Mutex(State())

    init(prefix: String, helps: [String: String], seriesLimit: Int) {
        self.prefix = prefix
        self.helps = helps
        self.seriesLimit = seriesLimit
    }

    var families: [MetricFamily] {
        let (entries, cells, dropped) = self.state.withLock { ($0.families, $0.cells, $0.dropped) }
        var samples: [String: [(labels: [MetricLabel], cell: any MetricCell)]] = [:]
        for (key, cell) in cells { samples[key.name, default: []].append((key.labels, cell)) }
        var families = entries.sorted { $0.key < $1.key }.map { name, entry in
            let series = (samples[name] ?? []).sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
            return MetricFamily(
                name,
                entry.kind,
                unit: entry.unit,
                help: entry.help,
                samples: series.map { MetricSample(labels: $0.labels, $0.cell.value) }
            )
        }
        // First, so that it is shown when something is cut from the page's end.
        families.insert(
            MetricFamily(
                "\(self.prefix)metrics_dropped_series",
                .counter,
                help: "Series reported through swift-metrics that were not kept because there are too many.",
                samples: [MetricSample(count: dropped)]
            ),
            at: 0
        )
        return families
    }

    // MARK: MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.cell(label, dimensions, .counter) { CounterCell() }
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.cell(label, dimensions, .gauge) { GaugeCell() }
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return self.cell(label, dimensions, .gauge) { GaugeCell() } }
        return self.cell(label, dimensions, .histogram) { DistributionCell(bounds: Distribution.sizeBounds) }
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.cell(label, dimensions, .histogram, unit: .seconds) { DistributionCell(bounds: Self.timerBounds) }
    }

    func destroyCounter(_ handler: any CounterHandler) { self.destroy(handler) }
    func destroyMeter(_ handler: any MeterHandler) { self.destroy(handler) }
    func destroyRecorder(_ handler: any RecorderHandler) { self.destroy(handler) }
    func destroyTimer(_ handler: any TimerHandler) { self.destroy(handler) }

    /// Few: what comes this way is of everybody, and each series of it costs a line a bucket.
    private static let timerBounds: [Double] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]

    // MARK: Cells

    private func cell<Cell: MetricCell>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricFamily.Kind,
        unit: MetricFamily.Unit? = nil,
        _ make: () -> Cell
    ) -> Cell {
        let name = self.name(label, kind, unit)
        let labels = dimensions.map { MetricLabel(MetricName.made(from: $0.0), $0.1) }.sorted()
        let key = Key(name: name, labels: labels)
        let help = self.helps[label] ?? "\(label), as reported through swift-metrics."
        return self.state.withLock { state in
            if let cell = state.cells[key] as? Cell { return cell }
            let cell = make()
            // A cell nobody sees takes what is too much, or of another kind than its family.
            let isOfItsFamily = state.families[name].map { $0.kind == kind } ?? true
            guard isOfItsFamily, state.cells[key] == nil, state.cells.count < self.seriesLimit else {
                state.dropped += 1
                return cell
            }
            state.families[name] = Entry(help: help, kind: kind, unit: unit)
            state.cells[key] = cell
            state.keys[ObjectIdentifier(cell)] = key
            return cell
        }
    }

    private func name(_ label: String, _ kind: MetricFamily.Kind, _ unit: MetricFamily.Unit?) -> String {
        var name = MetricName.made(from: label)
        if kind == .counter, name.hasSuffix("_total") { name.removeLast(6) }
        if let unit, !name.hasSuffix("_\(unit.rawValue)") { name += "_\(unit.rawValue)" }
        return name.hasPrefix(self.prefix) ? name : self.prefix + name
    }

    private func destroy(_ handler: AnyObject) {
        self.state.withLock { state in
            guard let key = state.keys.removeValue(forKey: ObjectIdentifier(handler)) else { return }
            state.cells[key] = nil
        }
    }
}
