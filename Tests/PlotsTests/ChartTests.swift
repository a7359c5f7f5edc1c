import Testing

@testable import Plots

@Suite struct ChartTests {
    func chart(_ series: [Series], y: Axis = Axis("count"), isStacked: Bool = false) -> Chart {
        Chart("Rates <&>", x: .time, y: y, series: series, isStacked: isStacked)
    }

    @Test("a line goes through its points, scaled to the axes")
    func line() {
        let svg = self.chart([Series("one", [Point(0, 0), Point(10, 100)])]).svg
        // Left 70 to right 706, top 34 to bottom 256.
        #expect(svg.contains("d=\"M70 256L706 34\""))
        #expect(svg.contains("Rates &lt;&amp;&gt;"))
        #expect(!svg.contains("<&>"))
    }

    @Test("what is no number interrupts a line")
    func gap() {
        let points = [Point(0, 1), Point(1, 1), Point(2, .nan), Point(3, 1), Point(4, 1)]
        let svg = self.chart([Series("one", points)]).svg
        let path = svg.split(separator: "line\" d=\"").dropFirst().first ?? ""
        #expect(path.prefix { $0 != "\"" }.filter { $0 == "M" }.count == 2)
        #expect(!svg.contains("nan"))
    }

    @Test("stacked areas stand on each other")
    func stacked() {
        let a = Series("a", [Point(0, 50), Point(10, 50)], style: .area)
        let b = Series("b", [Point(0, 50), Point(10, 50)], style: .area)
        let svg = self.chart([a, b], isStacked: true).svg
        // The upper one ends at the top, 52 below a row of legend, and is filled down to the middle.
        #expect(svg.contains("d=\"M70 52L706 52L706 154L70 154Z\""))
    }

    @Test("a legend is shown for more than one series and wraps")
    func legend() {
        #expect(!self.chart([Series("lonely", [Point(0, 1)])]).svg.contains("lonely"))
        let many = (0..<20).map { Series("a series with a long name \($0)", [Point(0, 1), Point(1, 1)]) }
        let svg = self.chart(many).svg
        #expect(svg.contains("a series with a long name 19"))
        #expect(svg.contains("y=\"50\""))
    }

    @Test("an empty chart, one point and endless values are drawn without nonsense")
    func degenerate() {
        for points in [[], [Point(5, 5)], [Point(0, .infinity), Point(1, -.infinity)], [Point(.nan, .nan)]] {
            for scale in [Axis.Scale.linear, .logarithmic] {
                let svg = self.chart([Series("x", points, style: .area)], y: Axis("y", scale: scale)).svg
                #expect(svg.hasSuffix("</svg>\n"))
                #expect(!svg.contains("nan") && !svg.contains("inf"))
            }
        }
    }

    @Test("on a logarithmic axis a decade is as high as the next, and zero is not drawn")
    func logarithmic() {
        let axis = Axis("ms", unit: .milliseconds, scale: .logarithmic)
        let points = [Point(0, 1), Point(1, 0), Point(2, 10), Point(4, 100)]
        let svg = self.chart([Series("one", points)], y: axis).svg
        #expect(svg.contains("d=\"M70 256M388 145L706 34\""))
    }

    @Test("thinning keeps peaks")
    func thinning() {
        var points = (0..<100_000).map { Point(Double($0), 1) }
        points[54_321].y = 99
        points[54_322].y = -3
        let thinned = Series("x", points).thinned(to: 1_000)
        #expect(thinned.count <= 1_000)
        #expect(thinned.map(\.y).max() == 99)
        #expect(thinned.map(\.y).min() == -3)
        #expect(thinned.map(\.x) == thinned.map(\.x).sorted())
    }
}
