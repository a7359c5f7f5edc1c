import Testing

@testable import Prometheus

@Suite struct ExpositionTests {
    @Test func `a page reads as the format says`() {
        var waits = Distribution(bounds: [0.001, 1])
        waits.record(0.001)
        waits.record(0.5)
        waits.record(7)
        let page = text(
            MetricFamily(
                "holdfast_sheds",
                .counter,
                help: "Refused \"early\".",
                samples: [MetricSample(["class": "claim"], count: 3)]
            ),
            MetricFamily(
                "holdfast_wait_seconds",
                .histogram,
                unit: .seconds,
                help: "Waiting.",
                samples: [MetricSample(distribution: waits)]
            ),
            MetricFamily(
                "holdfast_build",
                .info,
                help: "What runs.",
                samples: [MetricSample(["version": "1"], count: 1)]
            )
        )
        #expect(
            page == #"""
                # HELP holdfast_sheds Refused \"early\".
                # TYPE holdfast_sheds counter
                holdfast_sheds_total{class="claim"} 3
                # HELP holdfast_wait_seconds Waiting.
                # TYPE holdfast_wait_seconds histogram
                # UNIT holdfast_wait_seconds seconds
                holdfast_wait_seconds_bucket{le="0.001"} 1
                holdfast_wait_seconds_bucket{le="1.0"} 2
                holdfast_wait_seconds_bucket{le="+Inf"} 3
                holdfast_wait_seconds_sum 7.501
                holdfast_wait_seconds_count 3
                # HELP holdfast_build What runs.
                # TYPE holdfast_build info
                holdfast_build_info{version="1"} 1
                # HELP holdfast_metrics_cut_series Series this page leaves out because there are too many.
                # TYPE holdfast_metrics_cut_series gauge
                holdfast_metrics_cut_series 0
                # EOF

                """#
        )
    }

    @Test func `a label's value may be any text`() throws {
        let wild = "a\\b\"c\nd é {}=,"
        let page = text(
            MetricFamily("x", .gauge, help: "X.", samples: [MetricSample(["label": wild, "other": ""], real: 0.5)])
        )
        let read = try ScrapedMetrics(page)
        #expect(read.series.first?.labels == ["label": wild, "other": ""])
        #expect(page.split(separator: "\n").count == 7)
    }

    @Test func `families of one name are shown as one`() throws {
        let half = { MetricFamily("x", .gauge, help: "X.", samples: [MetricSample(["from": $0], count: 1)]) }
        let read = try ScrapedMetrics(text(half("a"), half("b")))
        #expect(read.sum(of: "x") == 2)
    }

    @Test func `a page is bounded and says what it leaves out`() throws {
        let many = MetricFamily(
            "x",
            .gauge,
            help: "X.",
            samples: (0..<100).map { MetricSample(["i": "\($0)"], count: $0) }
        )
        let page = Exposition.text(of: [many], seriesLimit: 30)
        let read = try ScrapedMetrics(String(decoding: page, as: UTF8.self))
        #expect(read.series.filter { $0.name == "x" }.count == 30)
        #expect(read.sum(of: Exposition.cutName) == 70)
    }

    @Test(arguments: [
        "x 1\n# EOF\n",
        "# TYPE x gauge\nx 1\n# EOF\n",
        "# HELP x X.\nx 1\n# EOF\n",
        "# HELP x X.\n# TYPE x gauge\nx 1\nx 2\n# EOF\n",
        "# HELP x X.\n# TYPE x counter\nx 1\n# EOF\n",
        "# HELP x X.\n# TYPE x gauge\ny 1\n# EOF\n",
        "# HELP x X.\n# TYPE x gauge\nx{a=\"b} 1\n# EOF\n",
        "# HELP x X.\n# TYPE x gauge\nx one\n# EOF\n",
        "# HELP x X.\n# TYPE x histogram\nx_bucket{le=\"1\"} 2\nx_bucket{le=\"+Inf\"} 1\n# EOF\n",
        "# HELP x X.\n# TYPE x histogram\nx_bucket{le=\"+Inf\"} 1\nx_count 2\n# EOF\n",
        "# HELP x X.\n# TYPE x gauge\nx 1\n",
        "# EOF",
    ])
    func `what no scraper takes is refused`(_ page: String) {
        #expect(throws: ScrapeError.self) { try ScrapedMetrics(page) }
    }

    private func text(_ families: MetricFamily...) -> String {
        String(decoding: Exposition.text(of: families), as: UTF8.self)
    }
}
