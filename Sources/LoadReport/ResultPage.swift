package import Plots

/// The page of one run, or of several beside each other.
package struct ResultPage: Sendable {
    package var title: String
    package var lead: String
    package var results: [LoadResult]

    /// A page of `results`, in their order.
    package init(_ title: String, lead: String = "", results: [LoadResult]) {
        self.title = title
        self.lead = lead
        self.results = results
    }

    /// The page, to which more sections may be added.
    package var page: Page {
        var sections: [Page.Section] = []
        if self.results.count > 1 { sections.append(ResultSections.comparison(self.results)) }
        for (index, result) in self.results.enumerated() {
            sections.append(ResultSections.run(result, name: result.label.isEmpty ? "Run \(index + 1)" : result.label))
        }
        return Page(self.title, lead: self.lead, sections: sections)
    }
}

/// Sections of pages, for those who compose their own.
package enum ResultSections {
    /// One run: what it was, the verdict, the numbers, the pictures.
    package static func run(_ result: LoadResult, name: String) -> Page.Section {
        let verdict =
            result.verdict.isClean
            ? "Every promise was kept." : result.verdict.problems.joined(separator: " ")
        var blocks: [Page.Block] = [
            .text(ResultTables.sentence(result)), .verdict(verdict, isGood: result.verdict.isClean),
            .table(ResultTables.counts([result], names: [name])),
        ]
        let charts = ResultCharts(result).all
        if !charts.isEmpty { blocks.append(.charts(charts)) }
        if !result.classes.isEmpty { blocks.append(.table(ResultTables.classes(result))) }
        if !result.latencies.isEmpty { blocks.append(.table(ResultTables.latencies(result))) }
        if !result.processes.isEmpty { blocks.append(.table(ResultTables.processes(result))) }
        if !result.failures.isEmpty { blocks.append(.table(ResultTables.failures(result))) }
        return Page.Section(name, blocks)
    }

    /// The runs beside each other: one table, and pictures with a line for each.
    package static func comparison(_ results: [LoadResult]) -> Page.Section {
        let names = results.enumerated().map { $1.label.isEmpty ? "Run \($0 + 1)" : $1.label }
        return Page.Section(
            "Side by side",
            [
                .table(ResultTables.counts(results, names: names)),
                .charts(ComparisonCharts(zip(names, results).map { ($0, $1) }).all),
            ]
        )
    }
}
