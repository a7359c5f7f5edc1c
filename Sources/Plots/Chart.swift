/// A picture of lines or areas over one pair of axes, as a value; `svg` draws it.
package struct Chart: Sendable, Hashable {
    /// Above the picture.
    package var title: String
    /// Below it, a sentence or two; empty for none.
    package var caption = ""
    package var x: Axis
    package var y: Axis
    package var series: [Series]
    /// Areas stand on each other's shoulders, in the order of the series; they need the same x values.
    package var isStacked = false
    /// Vertical lines with a word: what happened when.
    package var markers: [Marker] = []
    /// In CSS pixels; the picture scales with the page.
    package var width = 720
    package var height = 300

    /// A chart from its parts.
    package init(
        _ title: String,
        caption: String = "",
        x: Axis,
        y: Axis,
        series: [Series],
        isStacked: Bool = false,
        markers: [Marker] = []
    ) {
        self.title = title
        self.caption = caption
        self.x = x
        self.y = y
        self.series = series
        self.isStacked = isStacked
        self.markers = markers
    }
}

/// One of a chart's axes.
package struct Axis: Sendable, Hashable {
    /// How values are spread along it.
    package enum Scale: Sendable, Hashable {
        case linear
        /// Values of zero or less are not drawn.
        case logarithmic
    }

    /// What its numbers mean, which decides how they are written.
    package enum Unit: Sendable, Hashable {
        case count
        /// Written with kB, MB, GB of a thousand each.
        case bytes
        case seconds
        /// Written in µs, ms or s.
        case milliseconds
        case percent
    }

    package var title: String
    package var unit: Unit
    package var scale: Scale
    /// What is shown; `nil`: all there is, from zero on a linear axis.
    package var range: ClosedRange<Double>?

    /// An axis from its parts.
    package init(
        _ title: String,
        unit: Unit = .count,
        scale: Scale = .linear,
        range: ClosedRange<Double>? = nil
    ) {
        self.title = title
        self.unit = unit
        self.scale = scale
        self.range = range
    }

    /// Seconds since the start of a run.
    package static let time = Axis("time", unit: .seconds)
}

/// One line of a chart with its name in the legend.
package struct Series: Sendable, Hashable {
    /// How it is drawn.
    package enum Style: Sendable, Hashable {
        case line
        /// For what is offered or planned beside what came of it.
        case dashed
        /// Filled down to the axis, or to the series below when stacked.
        case area
        /// Separate points, joined by a thin line: few measured values.
        case points
    }

    package var name: String
    package var points: [Point]
    package var style: Style
    /// Which of the page's colours; `nil`: by its place in the chart.
    package var color: Int?

    /// A series from its parts.
    package init(_ name: String, _ points: [Point], style: Style = .line, color: Int? = nil) {
        self.name = name
        self.points = points
        self.style = style
        self.color = color
    }
}

/// One value; a `y` that is no number interrupts the line.
package struct Point: Sendable, Hashable {
    package var x: Double
    package var y: Double

    /// A point from its coordinates.
    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// A moment worth a vertical line.
package struct Marker: Sendable, Hashable {
    package var x: Double
    package var label: String

    /// A marker from its parts.
    package init(_ x: Double, _ label: String) {
        self.x = x
        self.label = label
    }
}
