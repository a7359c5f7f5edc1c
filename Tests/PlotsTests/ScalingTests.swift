import Testing

@testable import Plots

@Suite struct ScalingTests {
    @Test(
        "ticks are round, and the axis begins at zero",
        arguments: [
            (7.0, [0.0, 2, 4, 6, 8]), (100, [0.0, 20, 40, 60, 80, 100]),
            (0.03, [0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03]),
        ] as [(Double, [Double])]
    )
    func ticks(highest: Double, expected: [Double]) {
        let scaling = Scaling(Axis("y"), values: [highest / 2, highest], isHorizontal: false)
        #expect(scaling.ticks.count == expected.count)
        for (tick, expected) in zip(scaling.ticks, expected) { #expect(abs(tick - expected) < 1e-9) }
    }

    @Test("seconds are cut into parts of minutes")
    func seconds() {
        let scaling = Scaling(.time, values: [0, 600], isHorizontal: true)
        #expect(scaling.ticks == [0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600])
    }

    @Test("a logarithmic axis covers whole decades")
    func decades() {
        let scaling = Scaling(Axis("y", scale: .logarithmic), values: [0.3, 4_000, 0, -1], isHorizontal: false)
        #expect(abs(scaling.range.lowerBound - 0.1) < 1e-9)
        #expect(abs(scaling.range.upperBound - 10_000) < 1e-6)
        #expect(scaling.ticks.count == 6)
        #expect(scaling.place(0) == nil)
    }

    @Test(
        "numbers are written as people read them",
        arguments: [
            (1_250.0, Axis.Unit.count, "1.25k"), (0, .count, "0"), (999.6, .count, "1k"), (12, .count, "12"),
            (340e6, .bytes, "340 MB"), (90, .seconds, "1m 30s"), (7_200, .seconds, "2h"), (2.5, .seconds, "2.5 s"),
            (0.25, .milliseconds, "250 µs"), (2.4, .milliseconds, "2.4 ms"), (1_500, .milliseconds, "1.5 s"),
            (12.5, .percent, "12.5 %"), (.nan, .count, "–"),
        ] as [(Double, Axis.Unit, String)]
    )
    func amounts(value: Double, unit: Axis.Unit, text: String) { #expect(Amount.text(value, unit) == text) }

    @Test("a page escapes what it is given and holds its charts")
    func page() {
        let chart = Chart("c", x: .time, y: Axis("y"), series: [Series("s", [Point(0, 1), Point(1, 2)])])
        let page = Page(
            "<script>",
            sections: [
                .init(
                    "A & B",
                    [.text("x < y"), .table(Table(["a"], [["<b>"]])), .chart(chart), .charts([chart, chart])]
                )
            ]
        )
        let html = page.html
        #expect(!html.contains("<script"))
        #expect(html.contains("A &amp; B") && html.contains("x &lt; y") && html.contains("<td>&lt;b&gt;</td>"))
        #expect(html.split(separator: "<svg").count == 4)
        // Nothing from elsewhere.
        #expect(!html.contains("src=") && !html.contains("href="))
    }
}
