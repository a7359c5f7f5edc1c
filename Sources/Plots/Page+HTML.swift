extension Page {
    /// The file's content.
    package var html: String {
        let title = Markup.escape(self.title)
        var text = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <style>
            \(Stylesheet.chart)\(Stylesheet.page)</style></head><body>
            <h1>\(title)</h1>

            """
        if !self.lead.isEmpty { text += "<p class=\"lead\">\(Markup.escape(self.lead))</p>\n" }
        for section in self.sections {
            text += "<section><h2>\(Markup.escape(section.title))</h2>\n"
            for block in section.blocks { text += block.html }
            text += "</section>\n"
        }
        return text + "</body></html>\n"
    }
}

extension Page.Block {
    fileprivate var html: String {
        switch self {
        case .text(let text): return "<p>\(Markup.escape(text))</p>\n"
        case .verdict(let text, let isGood):
            return "<p class=\"\(isGood ? "good" : "bad")\"><strong>\(Markup.escape(text))</strong></p>\n"
        case .code(let text): return "<pre>\(Markup.escape(text))</pre>\n"
        case .table(let table): return table.html
        case .chart(let chart): return chart.figure
        case .charts(let charts):
            return "<div class=\"grid-of-charts\">\(charts.map(\.figure).joined())</div>\n"
        }
    }
}

extension Table {
    fileprivate var html: String {
        var text = "<div class=\"wide\"><table><thead><tr>"
        for column in self.columns { text += "<th>\(Markup.escape(column))</th>" }
        text += "</tr></thead><tbody>\n"
        for row in self.rows {
            text += "<tr>\(row.map { "<td>\(Markup.escape($0))</td>" }.joined())</tr>\n"
        }
        return text + "</tbody></table></div>\n"
    }
}

extension Chart {
    fileprivate var figure: String {
        let caption = self.caption.isEmpty ? "" : "<figcaption>\(Markup.escape(self.caption))</figcaption>"
        return "<figure>\(self.svg)\(caption)</figure>\n"
    }
}
