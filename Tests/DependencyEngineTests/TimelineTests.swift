import DependencyEngineTesting
import FoundationEssentials
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(1))) struct TimelineTests {
    /// disk 10 ms ← raft 20 ms ← leader 5 ms; clock alone, 1 ms.
    private func started() throws -> MachineRig {
        var rig = try MachineRig([
            declare("disk", policy: .exact()), declare("raft", needs: ["disk"]), declare("leader", needs: ["raft"]),
            declare("clock"),
        ])
        for (name, delay) in [("clock", 1), ("disk", 9), ("raft", 20), ("leader", 5)] {
            rig.advance(.milliseconds(delay))
            rig.started(name)
        }
        return rig
    }

    private func bounced(_ rig: inout MachineRig) {
        rig.send(.bounce(rig.id("disk")))
        for (name, delay) in [("leader", 2), ("raft", 3), ("disk", 4)] {
            rig.advance(.milliseconds(delay))
            rig.ended(name)
        }
        for (name, delay) in [("disk", 5), ("raft", 6), ("leader", 7)] {
            rig.advance(.milliseconds(delay))
            rig.started(name)
        }
    }

    private func words(_ chain: Timeline.Chain?) -> [String] {
        chain?.steps.map { "\($0.name) \($0.state.rawValue) \($0.begin)-\($0.end)" } ?? []
    }

    @Test("the first start has the chain of inputs that decided it, and who took longest is blamed first")
    func start() throws {
        var rig = try self.started()
        rig.advance(.seconds(3600))
        let timeline = rig.machine.timeline(now: rig.now)
        #expect(timeline.startSettled == 35)
        #expect(
            self.words(timeline.start)
                == ["disk starting 0.0-10.0", "raft starting 10.0-30.0", "leader starting 30.0-35.0"]
        )
        #expect(timeline.blame.map(\.name) == ["raft", "disk", "leader", "clock"])
        #expect(timeline.blame.map(\.startTook) == [20, 10, 5, 1])
        #expect(timeline.bounce == nil)
        #expect(timeline.rows.map(\.name) == ["clock", "disk", "raft", "leader"])
    }

    @Test("a worker that says soon that it is ready belongs to the first start, one that says so days later does not")
    func late() throws {
        var rig = try MachineRig([
            declare("disk"), declare("raft", needs: ["disk"], readiness: .signalled), declare("log", needs: ["raft"]),
            declare("leader", needs: ["raft"], readiness: .signalled),
        ])
        rig.advance(.milliseconds(10))
        rig.started("disk")
        rig.started("raft")
        rig.advance(.milliseconds(200))
        rig.signalReady("raft")
        rig.advance(.milliseconds(5))
        rig.started("log", "leader")
        rig.advance(.seconds(86_400))
        rig.signalReady("leader")
        let timeline = rig.machine.timeline(now: rig.now)
        #expect(timeline.startSettled == 215)
        #expect(timeline.start?.steps.map(\.name) == ["disk", "raft", "log"])
        #expect(timeline.view(.start, most: 9).title == "first start: 3 of 4 ready after 215 ms")
    }

    @Test("the last restart has the chain of stops and starts, from what set it off")
    func restart() throws {
        var rig = try self.started()
        rig.advance(.milliseconds(65))
        self.bounced(&rig)
        let timeline = rig.machine.timeline(now: rig.now)
        #expect(
            self.words(timeline.bounce) == [
                "leader stopping 100.0-102.0", "raft stopping 102.0-105.0", "disk stopping 105.0-109.0",
                "disk starting 109.0-114.0", "raft starting 114.0-120.0", "leader starting 120.0-127.0",
            ]
        )
        #expect(self.words(timeline.start).count == 3)
        let disk = try #require(timeline.rows.first { $0.name == "disk" })
        #expect(disk.spans.map(\.state) == [.starting, .ready, .stopping, .starting, .ready])
        #expect(disk.spans.last?.end == nil)
        #expect(disk.stopTook == 4)
    }

    @Test("a failure is marked, its back-off is a span, and the chain of the restart begins with it")
    func failure() throws {
        var rig = try self.started()
        rig.failed("disk")
        rig.ended("leader")
        rig.ended("raft")
        rig.advance(.seconds(1))
        rig.started("disk")
        let timeline = rig.machine.timeline(now: rig.now)
        let disk = try #require(timeline.rows.first { $0.name == "disk" })
        #expect(disk.marks == [Timeline.Mark(kind: .failed, at: 35)])
        #expect(disk.spans.map(\.state) == [.starting, .ready, .backingOff, .ready])
        #expect(self.words(timeline.bounce) == ["disk backing-off 35.0-1035.0", "disk starting 1035.0-1035.0"])
    }

    @Test("a failure told from outside backs off once the worker has ended")
    func injected() throws {
        var rig = try self.started()
        rig.send(.fail(rig.id("clock"), MachineFailure(Broken())))
        rig.advance(.milliseconds(3))
        rig.ended("clock")
        let clock = try #require(rig.machine.timeline(now: rig.now).rows.first { $0.name == "clock" })
        #expect(clock.spans.map(\.state) == [.starting, .ready, .stopping, .backingOff])
    }

    @Test("what is parked and resumed, finished and uninstalled is told as such")
    func others() throws {
        var rig = try self.started()
        rig.advance(.milliseconds(1))
        rig.send(.park(rig.id("leader")))
        rig.advance(.milliseconds(1))
        rig.ended("leader")
        rig.advance(.milliseconds(1))
        rig.send(.resume(rig.id("leader")))
        rig.advance(.milliseconds(1))
        rig.started("leader")
        rig.ended("clock")
        rig.advance(.milliseconds(1))
        let rows = rig.machine.timeline(now: rig.now).rows
        #expect(
            rows.first { $0.name == "leader" }?.spans.map(\.state)
                == [.starting, .ready, .stopping, .parked, .starting, .ready]
        )
        #expect(rows.first { $0.name == "clock" }?.spans.map(\.state) == [.starting, .ready, .finished])
    }

    @Test("the history is bounded, and the first start is shown all the same")
    func bounded() throws {
        var rig = try self.started()
        for _ in 0..<2_000 {
            rig.advance(.seconds(1))
            rig.send(.bounce(rig.id("clock")))
            rig.ended("clock")
            rig.started("clock")
        }
        #expect(rig.machine.journal.entries.count == TransitionJournal.capacity)
        let timeline = rig.machine.timeline(now: rig.now)
        #expect(timeline.forgotten == 12 + 8_000 - TransitionJournal.capacity)
        #expect(self.words(timeline.start).count == 3)
        let view = timeline.view(.start, most: 100)
        #expect(view.lines.map(\.row.name) == ["clock", "disk", "raft", "leader"])
        #expect(view.lines.first { $0.row.name == "raft" }?.bars.map(\.state) == [.starting, .ready])
        #expect(timeline.rows.first { $0.name == "raft" }?.spans.map(\.state) == [.ready])
        #expect(timeline.text.contains("older transitions are forgotten"))
    }

    @Test("windows show what their names say")
    func windows() throws {
        var rig = try self.started()
        rig.advance(.seconds(7200))
        self.bounced(&rig)
        rig.advance(.seconds(60))
        let timeline = rig.machine.timeline(now: rig.now)
        let start = timeline.view(.start, most: 10)
        #expect(start.begin == 0 && start.end < 40)
        #expect(start.title == "first start: 4 of 4 ready after 35 ms")
        let bounce = timeline.view(.bounce, most: 10)
        #expect(bounce.begin > 7_200_000 && bounce.end - bounce.begin < 40)
        #expect(bounce.title == "last restart: 27 ms, 1 m ago")
        let last = timeline.view(.last(.seconds(30)), most: 10)
        #expect(last.lines.allSatisfy { $0.bars.map(\.state) == [.ready] })
        let whole = timeline.view(.whole, most: 2)
        #expect(whole.lines.count == 2)
        #expect(whole.leftOut == 2)
        #expect(whole.end == timeline.now)
    }

    @Test("the picture and the text name the chain, escape names, and are the same each time")
    func drawing() throws {
        var rig = try MachineRig([declare("<script>"), declare("b", needs: ["<script>"])])
        rig.advance(.milliseconds(4))
        rig.started("<script>")
        rig.advance(.milliseconds(2))
        rig.started("b")
        let timeline = rig.machine.timeline(now: rig.now)
        #expect(timeline.svg == rig.machine.timeline(now: rig.now).svg)
        #expect(timeline.svg.contains("critical chain: &lt;script&gt; 4 ms → b 2 ms"))
        #expect(!timeline.svg.contains("<script"))
        #expect(timeline.svg.hasSuffix("</svg>\n"))
        #expect(
            timeline.text.hasPrefix("first start: 2 of 2 ready after 6 ms\ncritical chain: <script> 4 ms → b 2 ms\n")
        )
        #expect(timeline.text.contains("* b"))
        #expect(Engine.nothingYet.svg.contains("nothing to show here"))
    }

    @Test("a timeline encodes with kebab-case keys and comes back the same")
    func coding() throws {
        var rig = try self.started()
        self.bounced(&rig)
        let timeline = rig.machine.timeline(now: rig.now)
        let data = try JSONEncoder().encode(timeline)
        #expect(try JSONDecoder().decode(Timeline.self, from: data) == timeline)
        let text = String(decoding: data, as: UTF8.self)
        for key in ["begin-ms", "first-ready-ms", "start-settled-ms", "start-ms", "now-ms", "forgotten"] {
            #expect(text.contains("\"\(key)\":"))
        }
    }

    @Test(
        "ticks stand at round times, neither too few nor too many",
        arguments: [0.05, 0.7, 3, 41.2, 99, 101, 950, 1_300, 4_999, 61_000, 359_000, 400_000, 7_500_000, 1e9, 1e10]
    )
    func ticks(length: Double) {
        let ticks = TimeAxis(length: length).ticks
        #expect((4...12).contains(ticks.count), "\(ticks)")
        #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks)")
        #expect(ticks.allSatisfy { $0.at <= length })
    }

    @Test("a running engine gives its timeline")
    func engine() async throws {
        try await withEngine(recordingChain(Journal())) { engine, _ in
            try await engine.settled()
            let timeline = await engine.timeline()
            #expect(timeline.rows.map(\.name) == ["a", "b", "c"])
            #expect(timeline.start?.steps.map(\.name) == ["a", "b", "c"])
        }
    }
}

extension Engine {
    fileprivate static var nothingYet: Timeline {
        EngineMachine(configuration: EngineConfiguration()).timeline(now: .zero)
    }
}
