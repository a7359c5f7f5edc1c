/// A page of metrics read back: strict, so that what it takes any scraper takes.
package struct ScrapedMetrics: Sendable {
    /// One line.
    package struct Series: Sendable, Hashable {
        /// As written, with the endings of its kind.
        package var name: String
        package var labels: [String: String]
        package var value: Double
    }

    /// By family name.
    package private(set) var kinds: [String: MetricFamily.Kind] = [:]
    package private(set) var helps: [String: String] = [:]
    package private(set) var units: [String: String] = [:]
    package private(set) var series: [Series] = []

    /// The families' names as queries have them.
    package var queryNames: Set<String> { Set(self.kinds.map { $0.key + $0.value.ending }) }

    /// The sum of all series of this name that have these labels; `nil` when there is none.
    package func sum(of name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = self.series.filter { series in
            series.name == name && labels.allSatisfy { series.labels[$0.key] == $0.value }
        }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
    }

    /// Reads a whole page.
    ///
    /// - Throws: `ScrapeError` with the first line that is not as it must be.
    package init(_ text: String) throws(ScrapeError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast() == "" else { throw ScrapeError(line: lines.count + 1, "the last line does not end") }
        guard lines.popLast() == "# EOF" else { throw ScrapeError(line: lines.count + 1, "no # EOF at the end") }
        var reader = Reader()
        for (index, line) in lines.enumerated() {
            reader.number = index + 1
            if line.hasPrefix("# ") { try reader.readComment(line.dropFirst(2)) } else { try reader.readSeries(line) }
        }
        try reader.endFamily()
        (self.kinds, self.helps, self.units, self.series) = (reader.kinds, reader.helps, reader.units, reader.series)
    }

    private struct Reader {
        var number = 0
        var kinds: [String: MetricFamily.Kind] = [:]
        var helps: [String: String] = [:]
        var units: [String: String] = [:]
        var series: [Series] = []
        private var seen: Set<[String]> = []
        private var family = ""
        private var buckets: [[String: String]: (count: Double, total: Double?)] = [:]

        private func failure(_ problem: String) -> ScrapeError { ScrapeError(line: self.number, problem) }

        mutating func readComment(_ line: Substring) throws(ScrapeError) {
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3 else { throw self.failure("a comment of an unknown kind") }
            let (keyword, name, text) = (parts[0], parts[1], parts[2])
            guard MetricName.isValid(name) else { throw self.failure("\(name) is no name") }
            if name != self.family {
                try self.endFamily()
                guard self.kinds[name] == nil, self.helps[name] == nil else {
                    throw self.failure("\(name) is there twice")
                }
                self.family = name
            }
            switch keyword {
            case "HELP": self.helps[name] = text
            case "TYPE":
                guard let kind = MetricFamily.Kind(rawValue: text) else { throw self.failure("unknown type \(text)") }
                self.kinds[name] = kind
            case "UNIT":
                guard name.hasSuffix("_\(text)") else { throw self.failure("\(name) does not end with \(text)") }
                self.units[name] = text
            default: throw self.failure("a comment of an unknown kind")
            }
        }

        mutating func readSeries(_ line: Substring) throws(ScrapeError) {
            var rest = line
            let name = String(rest.prefix { $0 != "{" && $0 != " " })
            rest = rest.dropFirst(name.count)
            var labels: [String: String] = [:]
            if rest.first == "{" {
                rest = rest.dropFirst()
                while rest.first != "}" {
                    if !labels.isEmpty {
                        guard rest.first == "," else { throw self.failure("labels without a comma between") }
                        rest = rest.dropFirst()
                    }
                    let label = String(rest.prefix { $0 != "=" })
                    rest = rest.dropFirst(label.count)
                    guard MetricName.isValid(label), labels[label] == nil, rest.hasPrefix("=\"") else {
                        throw self.failure("\(label) is no label")
                    }
                    rest = rest.dropFirst(2)
                    labels[label] = try self.value(&rest)
                }
                rest = rest.dropFirst()
            }
            guard rest.first == " ", let value = Double(rest.dropFirst().replacingInfinity) else {
                throw self.failure("no value")
            }
            let identity = [name] + labels.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
            guard self.seen.insert(identity).inserted else { throw self.failure("\(name) is there twice") }
            try self.check(name, labels, value)
            self.series.append(Series(name: name, labels: labels, value: value))
        }

        private func value(_ rest: inout Substring) throws(ScrapeError) -> String {
            var value = ""
            while let character = rest.popFirst() {
                switch character {
                case "\"": return value
                case "\\":
                    switch rest.popFirst() {
                    case "n": value.append("\n")
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    default: throw self.failure("an unknown escape")
                    }
                default: value.append(character)
                }
            }
            throw self.failure("a label's value does not end")
        }

        /// A series stands below its family's comments and has its kind's ending.
        private mutating func check(
            _ name: String,
            _ labels: [String: String],
            _ value: Double
        ) throws(ScrapeError) {
            guard let kind = self.kinds[self.family], name.hasPrefix(self.family) else {
                throw self.failure("\(name) stands below another family")
            }
            let ending = name.dropFirst(self.family.count)
            guard kind == .histogram else {
                guard ending == kind.ending else { throw self.failure("\(name) is no name of a \(kind.rawValue)") }
                guard kind != .counter || value >= 0 else { throw self.failure("a counter below zero") }
                return
            }
            var key = labels
            key["le"] = nil
            switch ending {
            case "_bucket":
                guard labels["le"] != nil else { throw self.failure("a bucket without its bound") }
                guard value >= self.buckets[key]?.count ?? 0 else { throw self.failure("buckets that shrink") }
                self.buckets[key] = (value, nil)
                if labels["le"] == "+Inf" { self.buckets[key]?.total = value }
            case "_sum": break
            case "_count":
                guard self.buckets[key]?.total == value else { throw self.failure("a count unlike its last bucket") }
            default: throw self.failure("\(name) is no name of a histogram's")
            }
        }

        mutating func endFamily() throws(ScrapeError) {
            guard !self.family.isEmpty else { return }
            guard self.kinds[self.family] != nil else { throw self.failure("\(self.family) has no type") }
            guard self.helps[self.family] != nil else { throw self.failure("\(self.family) has no help") }
            self.buckets = [:]
        }
    }
}

/// What is wrong with a page of metrics.
package struct ScrapeError: Error, Sendable, Hashable, CustomStringConvertible {
    package var line: Int
    package var problem: String

    init(line: Int, _ problem: String) {
        self.line = line
        self.problem = problem
    }

    package var description: String { "line \(self.line) of the metrics: \(self.problem)" }
}

extension Substring {
    fileprivate var replacingInfinity: String {
        switch self {
        case "+Inf": "inf"
        case "-Inf": "-inf"
        case "NaN": "nan"
        default: String(self)
        }
    }
}
