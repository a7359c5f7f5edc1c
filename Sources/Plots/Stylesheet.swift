/// The looks of pages and charts, light and dark as the reader's system has it.
enum Stylesheet {
    /// How many colours there are for series.
    static let colors = 8

    private static let light = ["#2563eb", "#ea580c", "#16a34a", "#dc2626", "#7c3aed", "#0891b2", "#b45309", "#64748b"]
    private static let dark = ["#60a5fa", "#fb923c", "#4ade80", "#f87171", "#a78bfa", "#22d3ee", "#fbbf24", "#94a3b8"]

    /// What a chart needs, alone or in a page.
    static var chart: String {
        let series = (0..<Self.colors).map { ".s\($0){--c:var(--s\($0))}" }.joined()
        return """
            :root{\(Self.variables(Self.light, "#ffffff", "#1f2937", "#6b7280", "#e5e7eb"))}
            @media (prefers-color-scheme:dark){:root{\(Self.variables(Self.dark, "#111827", "#e5e7eb", "#9ca3af", "#374151"))}}
            \(series)
            .chart{font:11px system-ui,sans-serif;background:var(--back)}
            .chart text{fill:var(--soft)}.chart .title{fill:var(--ink);font-size:13px;font-weight:600}
            .chart .legend{fill:var(--ink)}.chart .grid{stroke:var(--rule);stroke-width:1}
            .chart line.marker{stroke:var(--soft);stroke-dasharray:2 3}
            .chart .line{fill:none;stroke:var(--c);stroke-width:1.6;stroke-linejoin:round}
            .chart .dashed{stroke-dasharray:5 4}.chart .thin{stroke-width:1}
            .chart .area{fill:var(--c);fill-opacity:.25;stroke:none}.chart .dot,.chart .swatch{fill:var(--c)}

            """
    }

    /// What a page needs besides.
    static let page = """
        body{background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;
        padding:0 1rem}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid var(--rule)}
        p.lead,figcaption{color:var(--soft)}figure{margin:1rem 0}figcaption{font-size:.85rem}
        .grid-of-charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:.5rem 1.5rem}
        .wide{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
        th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid var(--rule)}
        th:first-child,td:first-child{text-align:left;padding-left:0}th{color:var(--soft);font-weight:600}
        svg.chart{width:100%;height:auto}pre{overflow-x:auto;font-size:.85rem}.good{color:var(--s2)}.bad{color:var(--s3)}

        """

    private static func variables(_ colors: [String], _ back: String, _ ink: String, _ soft: String, _ rule: String)
        -> String
    {
        "color-scheme:light dark;--back:\(back);--ink:\(ink);--soft:\(soft);--rule:\(rule);"
            + colors.enumerated().map { "--s\($0.offset):\($0.element)" }.joined(separator: ";")
    }
}
