extension Chart {
    /// How many points of a line can be told apart.
    private static let mostPoints = 1_200

    /// The picture as an `<svg>` element, whose colours come from the page's style sheet.
    package var svg: String { Drawing(self).svg }

    /// What one chart is drawn with.
    private struct Drawing {
        let chart: Chart
        /// As they are drawn: thinned, and stacked on one another.
        let lines: [[Point]]
        /// What each area is filled down to, when stacked.
        let floors: [[Point]]
        let x: Scaling
        let y: Scaling
        let legendRows: Int

        private let left = 70.0
        private let right = 14.0
        private var top: Double { 34 + Double(self.legendRows) * 18 }
        private let bottom = 44.0

        init(_ chart: Chart) {
            self.chart = chart
            var lines = chart.series.map { $0.thinned(to: Chart.mostPoints) }
            var floors: [[Point]] = []
            if chart.isStacked {
                // Thinning could take other places from each of them.
                lines = chart.series.map(\.points)
                var sums: [Double: Double] = [:]
                for index in lines.indices {
                    floors.append(lines[index].map { Point($0.x, sums[$0.x] ?? 0) })
                    for place in lines[index].indices {
                        let point = lines[index][place]
                        let sum = (sums[point.x] ?? 0) + (point.y.isFinite ? point.y : 0)
                        sums[point.x] = sum
                        lines[index][place].y = sum
                    }
                }
            }
            self.lines = lines
            self.floors = floors
            let points = lines.joined()
            self.x = Scaling(chart.x, values: points.lazy.map(\.x), isHorizontal: true)
            self.y = Scaling(chart.y, values: points.lazy.map(\.y), isHorizontal: false)
            self.legendRows = Self.legend(chart).last.map { $0.row + 1 } ?? 0
        }

        var svg: String { self.element(inside: "") }

        func element(inside prefix: String) -> String {
            var text =
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 \(self.chart.width)"
                + " \(self.chart.height)\" role=\"img\" aria-label=\"\(Markup.escape(self.chart.title))\">\(prefix)"
            text += "<text class=\"title\" x=\"\(place(self.left))\" y=\"18\">\(Markup.escape(self.chart.title))</text>"
            text += self.legend + self.grid + self.markers
            // Areas first, so that no line is hidden; and the last of a stack first, so that none hides one below.
            for index in self.lines.indices.reversed() where self.chart.series[index].style == .area {
                text += self.area(index)
            }
            for index in self.lines.indices { text += self.line(index) }
            return text + "</svg>\n"
        }

        // MARK: The frame

        private var plotWidth: Double { Double(self.chart.width) - self.left - self.right }
        private var plotHeight: Double { Double(self.chart.height) - self.top - self.bottom }

        private func across(_ value: Double) -> Double? { self.x.place(value).map { self.left + $0 * self.plotWidth } }

        /// Kept a little around the plot: an axis with a range of its own may cut lines off.
        private func down(_ value: Double) -> Double? {
            self.y.place(value).map { self.top + (1 - $0.clamped(to: -0.01...1.01)) * self.plotHeight }
        }

        private var grid: String {
            var text = ""
            let (bottom, right) = (self.top + self.plotHeight, self.left + self.plotWidth)
            for tick in self.y.ticks {
                guard let y = self.down(tick) else { continue }
                text += "<line class=\"grid\" x1=\"\(place(self.left))\" y1=\"\(place(y))\" x2=\"\(place(right))\""
                text += " y2=\"\(place(y))\"/><text class=\"tick\" x=\"\(place(self.left - 6))\" y=\"\(place(y + 4))\""
                text += " text-anchor=\"end\">\(Markup.escape(Amount.text(tick, self.chart.y.unit)))</text>"
            }
            for tick in self.x.ticks {
                guard let x = self.across(tick) else { continue }
                text += "<line class=\"grid\" x1=\"\(place(x))\" y1=\"\(place(self.top))\" x2=\"\(place(x))\""
                text += " y2=\"\(place(bottom))\"/><text class=\"tick\" x=\"\(place(x))\" y=\"\(place(bottom + 16))\""
                text += " text-anchor=\"middle\">\(Markup.escape(Amount.text(tick, self.chart.x.unit)))</text>"
            }
            let middle = self.top + self.plotHeight / 2
            text += "<text class=\"axis\" x=\"\(place(self.left + self.plotWidth / 2))\" y=\"\(place(bottom + 34))\""
            text += " text-anchor=\"middle\">\(Markup.escape(self.chart.x.title))</text>"
            text +=
                "<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(14 \(place(middle))) rotate(-90)\">"
            return text + "\(Markup.escape(self.chart.y.title))</text>"
        }

        private var markers: String {
            var text = ""
            for marker in self.chart.markers {
                guard let x = self.across(marker.x), x >= self.left - 1, x <= self.left + self.plotWidth + 1 else {
                    continue
                }
                text += "<line class=\"marker\" x1=\"\(place(x))\" y1=\"\(place(self.top))\" x2=\"\(place(x))\""
                text += " y2=\"\(place(self.top + self.plotHeight))\"/><text class=\"marker\" x=\"\(place(x + 3))\""
                text += " y=\"\(place(self.top + 11))\">\(Markup.escape(marker.label))</text>"
            }
            return text
        }

        // MARK: The legend

        private struct Entry {
            var series: Int
            var x: Double
            var row: Int
        }

        /// Places the names in rows; a letter is taken to be about seven pixels wide.
        private static func legend(_ chart: Chart) -> [Entry] {
            // What is stacked is told apart by its names, even if there is only one this time.
            guard chart.series.count > 1 || chart.isStacked else { return [] }
            var entries: [Entry] = []
            var (x, row) = (0.0, 0)
            for (index, series) in chart.series.enumerated() {
                let width = 30 + Double(series.name.count) * 6.6
                if x > 0, x + width > Double(chart.width) - 90 { (x, row) = (0, row + 1) }
                entries.append(Entry(series: index, x: x, row: row))
                x += width
            }
            return entries
        }

        private var legend: String {
            Self.legend(self.chart).map { entry in
                let (x, y) = (self.left + entry.x, 32 + Double(entry.row) * 18)
                let name = Markup.escape(self.chart.series[entry.series].name)
                return "<rect class=\"s\(self.color(entry.series)) swatch\" x=\"\(place(x))\" y=\"\(place(y))\""
                    + " width=\"14\" height=\"4\" rx=\"2\"/>"
                    + "<text class=\"legend\" x=\"\(place(x + 19))\" y=\"\(place(y + 6))\">\(name)</text>"
            }.joined()
        }

        // MARK: Lines

        private func color(_ index: Int) -> Int {
            (self.chart.series[index].color ?? index) % Stylesheet.colors
        }

        private func line(_ index: Int) -> String {
            let series = self.chart.series[index]
            let path = self.path(self.lines[index])
            let style = series.style == .dashed ? " dashed" : series.style == .points ? " thin" : ""
            var text = "<path class=\"s\(self.color(index)) line\(style)\" d=\"\(path)\"/>"
            if series.style == .points {
                for point in self.lines[index] {
                    guard let x = self.across(point.x), let y = self.down(point.y) else { continue }
                    text +=
                        "<circle class=\"s\(self.color(index)) dot\" cx=\"\(place(x))\" cy=\"\(place(y))\" r=\"3\"/>"
                }
            }
            return text
        }

        private func path(_ points: [Point]) -> String {
            var path = ""
            var isDown = false
            for point in points {
                guard let x = self.across(point.x), let y = self.down(point.y) else {
                    isDown = false
                    continue
                }
                path += "\(isDown ? "L" : "M")\(place(x)) \(place(y))"
                isDown = true
            }
            return path
        }

        private func area(_ index: Int) -> String {
            let points = self.lines[index].filter { self.across($0.x) != nil && self.down($0.y) != nil }
            guard points.count > 1 else { return "" }
            let zero = self.top + self.plotHeight
            let floor =
                self.chart.isStacked
                ? self.floors[index] : [Point(points[0].x, .nan), Point(points[points.count - 1].x, .nan)]
            var path = self.path(points)
            for point in floor.reversed() {
                guard let x = self.across(point.x) else { continue }
                path += "L\(place(x)) \(place(self.down(point.y) ?? zero))"
            }
            return "<path class=\"s\(self.color(index)) area\" d=\"\(path)Z\"/>"
        }
    }
}

/// A coordinate: a tenth of a pixel is enough.
private func place(_ value: Double) -> String {
    let text = Amount.fixed(value, digits: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
