/// Rows in columns for people: as wide as the widest cell, two spaces between.
struct Table {
    private var rows: [[String]]

    init(_ header: String...) { self.rows = [header] }

    mutating func add(_ cells: String...) { self.rows.append(cells) }

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
