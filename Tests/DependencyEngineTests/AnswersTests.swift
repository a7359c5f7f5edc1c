import FoundationEssentials
import Testing

@testable import DependencyEngine

@Suite struct AnswersTests {
    private func agent() throws -> MachineRig {
        var rig = try MachineRig([
            declare("disk", policy: .exact()), declare("raft", needs: ["disk"], deferred: ["api"]),
            declare("api", needs: ["hub"], optional: ["tracer"]), declare("leader", needs: ["raft"]), declare("hub"),
        ])
        rig.started("hub", "api")
        rig.failed("disk")
        rig.advance(.milliseconds(250))
        return rig
    }

    @Test("why leads through unmet inputs to the root cause, with last error, attempt and next try")
    func why() throws {
        let rig = try self.agent()
        let why = rig.machine.explain(rig.id("leader"), now: rig.now)
        #expect(
            why.text == """
                leader: waiting: waits for raft
                └─ raft: waiting: waits for disk
                   └─ disk: backing-off: attempt 2 in 750 ms, last error: broken
                """
        )
        let root = try #require(why.because.first?.because.first)
        #expect(root.lastError == "broken")
        #expect(root.attempt == 2)
        #expect(root.retryInMilliseconds == 750)
    }

    @Test("why names an empty deferred input of something that runs, and something not installed")
    func whyOthers() throws {
        var rig = try self.agent()
        rig.advance(.seconds(1))
        rig.started("disk")
        rig.started("raft")
        rig.send(.park(rig.id("api")))
        rig.ended("api")
        #expect(
            rig.machine.explain(rig.id("raft"), now: rig.now).text == """
                raft: ready: running
                └─ api (deferred): parked: parked on request
                   └─ tracer (optional): unknown: not installed
                """
        )
    }

    @Test("why ends although deferred inputs lead in a circle")
    func whyCircle() throws {
        let rig = try MachineRig([
            declare("a", needs: ["x"], deferred: ["b"]), declare("b", needs: ["x"], deferred: ["a"]),
        ])
        let text = rig.machine.explain(rig.id("a"), now: rig.now).text
        #expect(text.split(separator: "\n").count == 5)
    }

    @Test("a report has stable kebab-case keys and survives a round trip")
    func report() throws {
        let rig = try self.agent()
        let report = rig.machine.makeReport(now: rig.now)
        #expect(report.manifolds.map(\.name) == ["api", "disk", "hub", "leader", "raft", "tracer"])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let disk = try #require(report["disk"])
        #expect(
            String(decoding: try encoder.encode(disk), as: UTF8.self)
                == #"{"abandoned":0,"attempt":2,"declared-at":"Graph/disk.swift:1","failure-count":1,"#
                + #""generation":1,"inputs":[],"last-error":"broken","name":"disk","#
                + #""origin":"built in","reason":"attempt 2 in 750 ms, last error: broken","retry-in-ms":750,"start-count":0,"#
                + #""state":"backing-off"}"#
        )
        let decoded = try JSONDecoder().decode(EngineReport.self, from: try encoder.encode(report))
        #expect(decoded == report)
        #expect(report["hub"]?.readyForMilliseconds == 250)
        #expect(report["raft"]?.inputs.map(\.available) == [false, true])
    }

    @Test("names and plugins stay text in DOT and Mermaid, whatever they are made of")
    func escaping() throws {
        // A combining mark makes one character with the quotation mark before it, and a parser still sees the mark.
        let hostile = declare("a\"\u{301}]; evil", optional: ["<b\\"], origin: "x\ny\u{1B}.so")
        let machine = try MachineRig([hostile]).machine
        let dot = machine.graph(.dot)
        #expect(dot.contains("\"a\\\"\u{301}]; evil\" ["))
        #expect(dot.contains("\"<b\\\\\" ["))
        #expect(dot.contains("\\nx\u{FFFD}y\u{FFFD}.so\""))
        let mermaid = machine.graph(.mermaid)
        #expect(mermaid.contains("[\"a#quot;\u{301}]; evil<br/>"))
        #expect(mermaid.contains("[\"#lt;b\\<br/>"))
        #expect(mermaid.contains("<br/>x\u{FFFD}y\u{FFFD}.so\"]"))
    }

    @Test("the graph in Mermaid shows deferred edges dashed, optional ones dotted, and states")
    func mermaid() throws {
        let rig = try self.agent()
        let text = rig.machine.graph(.mermaid)
        #expect(text.hasPrefix("flowchart LR\n  m0[\"api<br/>ready\"]:::ready\n"))
        #expect(text.contains("  m0 -.->|deferred| m4\n"))
        #expect(text.contains("  m1 --> m4\n"))
        #expect(text.contains("  m5 -->|optional| m0\n"))
        #expect(text.contains("  linkStyle 1 stroke-dasharray:1 4\n"))
        #expect(text.contains("m1[\"disk<br/>backing-off\"]:::backingOff"))
    }

    @Test("the graph in DOT shows the same, and names with quotes stay names")
    func dot() throws {
        var rig = try self.agent()
        try rig.install([declare("a\"b")])
        let text = rig.machine.graph(.dot)
        #expect(text.contains("\"api\" -> \"raft\" [style=dashed, label=\"deferred\", constraint=false];"))
        #expect(text.contains("\"tracer\" -> \"api\" [style=dotted, label=\"optional\"];"))
        #expect(text.contains("\"hub\" -> \"api\";"))
        #expect(text.contains("\"a\\\"b\" [label=\"a\\\"b\\nstarting\""))
        #expect(text.hasSuffix("}\n"))
    }

    @Test("one graph always gives one text")
    func stable() throws {
        let graph = [declare("b", needs: ["a"]), declare("a"), declare("c", needs: ["b", "a"])]
        #expect(
            try MachineRig(graph, running: false).machine.graph(.dot)
                == MachineRig(graph.reversed(), running: false).machine.graph(.dot)
        )
    }
}
