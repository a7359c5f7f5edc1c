/// The OpenMetrics text of families, as a scrape gets it.
///
/// Families of one name are shown as one. No more than `seriesLimit` series are shown, however many there are: the page
/// then ends with how many were left out.
package struct Exposition: Sendable {
    /// What HTTP calls this text.
    package static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    /// The family that tells how many series were left out.
    package static let cutName = "holdfast_metrics_cut_series"

    private let seriesLimit: Int
    private var bytes: [UInt8] = []
    private var series = 0
    private var cut = 0

    private init(seriesLimit: Int) {
        self.seriesLimit = seriesLimit
        self.bytes.reserveCapacity(64 * 1024)
    }

    /// The page of `families`, with the family of what was left out as its last.
    package static func text(of families: [MetricFamily], seriesLimit: Int = 5_000) -> [UInt8] {
        var page = Exposition(seriesLimit: seriesLimit)
        for family in Self.merged(families) { page.append(family) }
        let cut = page.cut
        page.series = 0
        page.append(
            MetricFamily(
                Self.cutName,
                .gauge,
                help: "Series this page leaves out because there are too many.",
                samples: [MetricSample(count: cut)]
            )
        )
        page.write("# EOF\n")
        return page.bytes
    }

    private static func merged(_ families: [MetricFamily]) -> [MetricFamily] {
        var places: [String: Int] = [:]
        var merged: [MetricFamily] = []
        merged.reserveCapacity(families.count)
        for family in families {
            if let place = places[family.name] {
                // Of two kinds under one name only the first can be shown.
                if merged[place].kind == family.kind { merged[place].samples += family.samples }
            } else {
                places[family.name] = merged.count
                merged.append(family)
            }
        }
        return merged
    }

    // MARK: Families

    private mutating func append(_ family: MetricFamily) {
        self.write("# HELP ", family.name, " ")
        self.writeEscaped(family.help)
        self.write("\n# TYPE ", family.name, " ", family.kind.rawValue, "\n")
        if let unit = family.unit { self.write("# UNIT ", family.name, " ", unit.rawValue, "\n") }
        for sample in family.samples {
            let size = sample.size
            guard self.series + size <= self.seriesLimit else {
                self.cut += size
                continue
            }
            self.series += size
            self.append(sample, of: family)
        }
    }

    private mutating func append(_ sample: MetricSample, of family: MetricFamily) {
        switch sample.value {
        case .integer(let value): self.line(family.name, family.kind.ending, sample.labels, "\(value)")
        case .real(let value): self.line(family.name, family.kind.ending, sample.labels, Self.number(value))
        case .distribution(let distribution):
            var count: UInt64 = 0
            for (index, more) in distribution.counts.enumerated() {
                count &+= more
                let bound = index < distribution.bounds.count ? distribution.bounds[index] : .infinity
                let labels = sample.labels + [MetricLabel("le", Self.number(bound))]
                self.line(family.name, "_bucket", labels, "\(count)")
            }
            self.line(family.name, "_sum", sample.labels, Self.number(distribution.sum))
            self.line(family.name, "_count", sample.labels, "\(count)")
        }
    }

    private mutating func line(_ name: String, _ ending: String, _ labels: [MetricLabel], _ value: String) {
        self.write(name, ending)
        if !labels.isEmpty {
            self.write("{")
            for (index, label) in labels.enumerated() {
                self.write(index == 0 ? "" : ",", label.name, "=\"")
                self.writeEscaped(label.value)
                self.write("\"")
            }
            self.write("}")
        }
        self.write(" ", value, "\n")
    }

    // MARK: Text

    private mutating func write(_ parts: String...) {
        for part in parts { self.bytes.append(contentsOf: part.utf8) }
    }

    private mutating func writeEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): self.write("\\\\")
            case UInt8(ascii: "\n"): self.write("\\n")
            case UInt8(ascii: "\""): self.write("\\\"")
            default: self.bytes.append(byte)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}

extension MetricSample {
    /// How many lines it is.
    fileprivate var size: Int {
        guard case .distribution(let distribution) = self.value else { return 1 }
        return distribution.counts.count + 2
    }
}
