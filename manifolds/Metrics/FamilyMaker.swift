import Prometheus

/// Makes the families of one part of the agent, whose statistics are there or not.
struct FamilyMaker<Statistics> {
    /// All names begin so.
    let prefix: String
    let statistics: Statistics?

    func counter(_ name: String, _ help: String, _ value: (Statistics) -> some BinaryInteger) -> MetricFamily {
        self.family(name, .counter, help) { [MetricSample(count: value($0))] }
    }

    func gauge(_ name: String, _ help: String, _ value: (Statistics) -> some BinaryInteger) -> MetricFamily {
        self.family(name, .gauge, help) { [MetricSample(count: value($0))] }
    }

    /// A name that ends with a unit's has that unit.
    func family(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ help: String,
        _ samples: (Statistics) -> [MetricSample]
    ) -> MetricFamily {
        MetricFamily(
            self.prefix + name,
            kind,
            unit: MetricFamily.Unit.allCases.first { name.hasSuffix("_\($0.rawValue)") || name == $0.rawValue },
            help: help,
            samples: self.statistics.map(samples) ?? []
        )
    }
}

extension MetricLabel {
    /// A case's name as a label's value: `deliveryTimeout` is `delivery_timeout`.
    static func value(of name: some Any) -> String {
        var value = ""
        for character in "\(name)" {
            if character.isUppercase { value += "_\(character.lowercased())" } else { value.append(character) }
        }
        return value
    }
}
