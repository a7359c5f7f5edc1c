import FoundationEssentials

/// `run/bench.json`: what was measured last, for programs.
struct FigureFile: Encodable {
    private struct Entry: Encodable {
        var name: String
        var value: Double
        var unit: String
        var min: Double
        var max: Double
        var runs: Int
    }

    private var figures: [Entry]

    init(_ figures: [Figure]) {
        self.figures = figures.map {
            Entry(
                name: $0.name,
                value: $0.median,
                unit: $0.unit,
                min: $0.lowest,
                max: $0.highest,
                runs: $0.samples.count
            )
        }
    }

    /// Writes the file, making its directory if need be.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let file = URL(filePath: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try encoder.encode(self).write(to: file, options: .atomic)
    }
}
