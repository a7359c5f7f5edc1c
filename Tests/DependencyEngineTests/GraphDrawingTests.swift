import DependencyEngineTesting
import Testing

@testable import DependencyEngine

@Suite struct GraphDrawingTests {
    /// A graph of `count` boxes with edges of every kind, some of them backwards.
    private func random(_ count: Int, seed: UInt64) -> GraphPicture {
        var random = SeededGenerator(seed: seed)
        var edges: Set<GraphPicture.Edge> = []
        var pairs: Set<[Int]> = []
        for user in 1..<max(count, 2) {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let provider = Int.random(in: 0..<user, using: &random)
                let style =
                    [GraphPicture.Style.solid, .solid, .dotted, .dashed].randomElement(using: &random) ?? .solid
                guard pairs.insert([provider, user]).inserted else { continue }
                edges.insert(GraphPicture.Edge(provider: provider, user: user, style: style))
            }
            let other = Int.random(in: 0..<count, using: &random)
            if other != user, pairs.insert([other, user]).inserted {
                edges.insert(GraphPicture.Edge(provider: other, user: user, style: .dashed))
            }
        }
        return GraphPicture(
            title: "graph",
            boxes: (0..<count).map { GraphPicture.Box(name: "worker-\($0)", state: .ready, detail: "") },
            edges: edges.sorted { ($0.user, $0.provider, $0.style) < ($1.user, $1.provider, $1.style) }
        )
    }

    @Test("no two boxes overlap, and required and optional edges lead from left to right", arguments: 1...40)
    func boxes(seed: UInt64) {
        let picture = self.random(2 + Int(seed) * 3, seed: seed)
        let layout = GraphLayout(picture)
        for (index, one) in layout.boxes.enumerated() {
            #expect(one.x >= 0 && one.right <= layout.width && one.y >= 0 && one.bottom <= layout.height)
            for other in layout.boxes[..<index] {
                let isApart =
                    one.right < other.x || other.right < one.x || one.bottom < other.y || other.bottom < one.y
                #expect(isApart, "seed \(seed): \(one) and \(other)")
            }
        }
        for edge in picture.edges where edge.style != .dashed {
            #expect(layout.boxes[edge.provider].right < layout.boxes[edge.user].x, "seed \(seed): \(edge)")
        }
    }

    @Test("no line runs through a box", arguments: 1...40)
    func lines(seed: UInt64) {
        let layout = GraphLayout(self.random(2 + Int(seed) * 3, seed: seed))
        for curve in layout.curves {
            // Level at both ends, it stays between the two columns.
            #expect(curve.fromX < curve.toX)
            for box in layout.boxes { #expect(box.right <= curve.fromX || box.x >= curve.toX, "seed \(seed)") }
        }
        for pass in layout.passes {
            for box in layout.boxes where box.x < pass.toX && pass.fromX < box.right {
                #expect(pass.y < box.y || pass.y > box.bottom, "seed \(seed): \(pass) and \(box)")
            }
        }
    }

    @Test("each edge is drawn once, with one arrowhead at its user")
    func arrowheads() {
        let picture = self.random(40, seed: 7)
        let layout = GraphLayout(picture)
        #expect(layout.curves.count { $0.tip != .none } == picture.edges.count)
    }

    @Test("sweeping saves crossings")
    func crossings() {
        let picture = self.random(60, seed: 3)
        var slots = GraphSlots(picture, layer: GraphLayers(picture).layer)
        let before = slots.crossings()
        slots.untangle()
        #expect(slots.crossings() < before / 2)
    }

    @Test("one graph always gives one picture, however it was installed")
    func stable() throws {
        let graph = twenty()
        let once = try MachineRig(graph).machine.graph(.svg, now: .zero)
        #expect(try MachineRig(graph).machine.graph(.svg, now: .zero) == once)
        #expect(
            try MachineRig(graph, running: false).machine.graph(.svg)
                == MachineRig(graph.reversed(), running: false).machine.graph(.svg)
        )
    }

    @Test("names stay text, whatever is in them, and the picture needs nothing from outside")
    func escaping() throws {
        let names = ["<script>alert(1)</script>", "a&b", "\"quoted\"", "it's", "]]>", "<!--"]
        let text = try MachineRig(names.map { declare($0) }).machine.graph(.svg)
        #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(text.contains("a&amp;b"))
        for bad in ["<script", "a&b", "<!--", "href", "url(", "@import", "]]>", "onload"] {
            #expect(!text.contains(bad), "\(bad)")
        }
        #expect(text.components(of: "http") == 1, "only the name of the namespace")
        #expect(SVGText.escaped("\u{1B}[31m\u{FFFF}") == "\u{FFFD}[31m\u{FFFD}")
    }

    @Test("the picture names state, attempt and next try, and explains its colours and lines")
    func words() throws {
        var rig = try MachineRig([
            declare("disk", policy: .exact()),
            declare("raft", needs: ["disk"], optional: ["tracer"], deferred: ["api"]),
            declare("api"),
        ])
        rig.started("api")
        rig.failed("disk")
        rig.advance(.milliseconds(250))
        let text = rig.machine.graph(.svg, now: rig.now)
        #expect(text.contains(">backing-off · attempt 2 in 750 ms</text>"))
        #expect(text.contains(">ready · for 250 ms</text>"))
        #expect(text.contains(">engine running · 1 of 4 ready</text>"))
        for word in ["required", "optional", "deferred", "waiting", "unknown"] {
            #expect(text.contains(">\(word)</text>"))
        }
        #expect(!text.contains(">parked</text>"))
    }

    @Test("an engine with nothing in it, and one of a single manifold that refers to itself, are drawn too")
    func small() throws {
        #expect(try MachineRig([]).machine.graph(.svg).hasSuffix("</svg>\n"))
        #expect(try MachineRig([declare("a", deferred: ["a"])]).machine.graph(.svg).contains(">a</text>"))
    }

    @Test("ten thousand manifolds get a plainer drawing, which says so, in bounded time")
    func large() {
        let picture = self.random(10_000, seed: 1)
        var text = ""
        let took = ContinuousClock().measure { text = GraphDrawing.svg(picture) }
        #expect(text.contains("a plain drawing, since there are many"))
        #expect(text.contains("lines are left out"))
        #expect(text.components(of: "<rect") > 10_000)
        // Far more than it takes, unless something is quadratic.
        #expect(took < .seconds(20))
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: part) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
