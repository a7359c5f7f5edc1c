/// Rows in columns for people: as wide as the widest cell, two spaces between.
struct Table {
    private var rows: [[String]]

    init(_ header: String...) { self.rows = [header] }

    /// Each cell stays on its line: errors may hold anything, also what would steer the terminal.
    mutating func add(_ cells: String...) {
        self.rows.append(
            cells.map { cell in
                String(
                    String.UnicodeScalarView(
                        cell.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
                    )
                )
            }
        )
    }

    /// The table with its header in bold when `terminal` understands that.
    func text(bold: Bool) -> String {
        var widths: [Int] = []
        for row in self.rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return self.rows.enumerated().map { index, row in
            let line = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }.joined()
            return bold && index == 0 ? "\u{1B}[1m\(line)\u{1B}[0m" : line
        }.joined(separator: "\n")
    }
}
