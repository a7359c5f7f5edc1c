/// All series of one name: what they tell, in which unit, and how each stands just now.
package struct MetricFamily: Sendable, Hashable {
    /// How a family's values are to be read.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Only grows, until the process starts anew; `_total` is added to its name.
        case counter
        case gauge
        case histogram
        /// Always 1, with what it tells in its labels; `_info` is added to its name.
        case info
    }

    /// Base units only; the name ends with it.
    package enum Unit: String, Sendable, Hashable, CaseIterable {
        case seconds, bytes
    }

    /// Without the ending its kind adds.
    package var name: String
    package var kind: Kind
    package var unit: Unit?
    /// One sentence for people.
    package var help: String
    package var samples: [MetricSample]

    package init(_ name: String, _ kind: Kind, unit: Unit? = nil, help: String, samples: [MetricSample] = []) {
        precondition(MetricName.isValid(name), "\(name) is no name of a metric")
        precondition(unit.map { name.hasSuffix("_\($0.rawValue)") } ?? true, "\(name) does not end with its unit")
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.samples = samples
    }
}

extension MetricFamily.Kind {
    /// What is added to the family's name in its series' names.
    var ending: String {
        switch self {
        case .counter: "_total"
        case .info: "_info"
        case .gauge, .histogram: ""
        }
    }
}

/// One series of a family: its labels and its value.
package struct MetricSample: Sendable, Hashable {
    /// What a series can have.
    package enum Value: Sendable, Hashable {
        case integer(Int64)
        case real(Double)
        case distribution(Distribution)
    }

    package var labels: [MetricLabel]
    package var value: Value

    package init(labels: [MetricLabel] = [], _ value: Value) {
        self.labels = labels
        self.value = value
    }

    /// A count; what no signed number can hold is shown as the largest that one can.
    package init(_ labels: KeyValuePairs<String, String> = [:], count: some BinaryInteger) {
        self.init(labels: labels.map { MetricLabel($0.key, $0.value) }, .integer(Int64(clamping: count)))
    }

    package init(_ labels: KeyValuePairs<String, String> = [:], real: Double) {
        self.init(labels: labels.map { MetricLabel($0.key, $0.value) }, .real(real))
    }

    package init(_ labels: KeyValuePairs<String, String> = [:], distribution: Distribution) {
        self.init(labels: labels.map { MetricLabel($0.key, $0.value) }, .distribution(distribution))
    }
}

/// A label's name and value; the value may be any text.
package struct MetricLabel: Sendable, Hashable, Comparable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package static func < (left: MetricLabel, right: MetricLabel) -> Bool {
        (left.name, left.value) < (right.name, right.value)
    }
}
