import DependencyEngineTesting
import FoundationEssentials
import Logging
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(2))) struct RecordingTests {
    /// Runs an engine through failures of several kinds, requests of an operator and changes of its graph.
    private func eventful(capacity: Int = 10_000, log: Journal = Journal()) async throws -> EngineRecording? {
        let journal = Journal()
        let clock = ManualClock()
        let configuration = EngineConfiguration(seed: 7, recordsEvents: capacity)
        let logger = Logger(label: "test", factory: { _ in MessageLog(journal: log) })
        let engine = Engine(configuration: configuration, logger: logger, clock: clock)
        let failing = Manifold("failing", needs: .a, .b.optional) { _, _ in
            ClosureWorker { context in
                if context.generation == 1 { throw Broken() }
                if context.generation == 2 { throw Verdict.retry(after: .seconds(90), because: Broken()) }
                await context.stop.wait()
            }
        }
        let parked = Manifold("parked") { ClosureWorker { _ in throw Broken() } }.classifying { _ in .park("no use") }
        try await engine.install(recordingChain(journal) + [failing, parked])
        let run = Task { try await engine.run() }
        try await until(engine) { $0["failing"]?.retryInMilliseconds != nil && $0["parked"]?.state == .parked }
        clock.advance(by: .seconds(2))
        try await until(engine) { $0["failing"]?.generation == 2 && $0["failing"]?.retryInMilliseconds != nil }
        clock.advance(by: .seconds(120))
        try await engine.ready(["a", "b", "c", "failing"])
        try await engine.fail("a", Broken())
        try await until(engine) { $0["a"]?.state == .backingOff }
        try await engine.bounce("a")
        try await engine.ready(["a", "b", "c"])
        try await engine.park("b")
        try await until(engine) { $0["b"]?.state == .parked }
        try await engine.resume("b")
        try await engine.ready(["c"])
        try await engine.uninstall("parked")
        try await engine.update(
            removing: ["c"],
            installing: Graph { Manifold("late", needs: .b) { _ in ClosureWorker { await $0.stop.wait() } } }
        )
        try await engine.ready(["late"])
        engine.shutdown()
        try await run.value
        return await engine.recording()
    }

    private func coded(_ recording: EngineRecording) throws -> EngineRecording {
        try JSONDecoder().decode(EngineRecording.self, from: try JSONEncoder().encode(recording))
    }

    @Test("a real engine's recording, written and read back, replays to the same actions")
    func replays() async throws {
        let recording = try #require(try await self.eventful())
        #expect(recording.isComplete)
        let read = try self.coded(recording)
        #expect(read == recording)
        let lines = try read.replay()
        #expect(lines == recording.events.flatMap(\.actions))
        #expect(lines.last == "finished")
        let wanted = [
            "say parked parked 1/1: no use", "start failing 3", "say engine draining", "say uninstalled parked 1/1",
        ]
        for line in wanted { #expect(lines.contains(line), "\(line)") }
    }

    @Test("whichever event with a lasting effect is taken out of a recording, its replay notices")
    func missingEvent() async throws {
        let recording = try #require(try await self.eventful())
        for index in recording.events.indices.dropLast() {
            let event = recording.events[index]
            // Nothing later hangs on the one that was parked and then forgotten.
            if event.actions.isEmpty || event.kind == .uninstall { continue }
            var broken = recording
            broken.events.remove(at: index)
            #expect(throws: ReplayError.self, "without event \(index)") { try broken.replay() }
        }
    }

    @Test("a difference is told with its index, the event, what was recorded and what came instead")
    func difference() async throws {
        let recording = try #require(try await self.eventful())
        let index = try #require(recording.events.firstIndex { $0.kind == .ended && $0.failure?.kind == .failed })
        var broken = recording
        broken.events[index].failure?.kind = .fatal
        let error = #expect(throws: ReplayError.self) { try broken.replay() }
        guard case .differs(index, "ended failing", let expected?, let got?)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(expected.hasPrefix("say failed failing 1/2 again in "))
        #expect(got == "say failed failing 1/1: fatal")
        #expect(error?.description.contains("event \(index) (ended failing) was answered with \"\(got)\"") == true)

        broken = recording
        broken.events[index].actions.append("stop a")
        #expect(throws: ReplayError.differs(index: index, event: "ended failing", expected: "stop a", got: nil)) {
            try broken.replay()
        }
        broken = recording
        broken.configuration.seed = "8"
        #expect(throws: ReplayError.self, "another seed gives other jitter") { try broken.replay() }
    }

    @Test("a damaged recording is refused with what is wrong, and nothing traps")
    func damaged() async throws {
        let recording = try #require(try await self.eventful())
        let index = try #require(recording.events.firstIndex { $0.kind == .ended })
        let changes: [(inout EngineRecording) -> Void] = [
            { $0.events[index].manifold = "nobody" }, { $0.events[index].manifold = nil },
            { $0.events[index].generation = nil },
            {
                $0.events[index].kind = .fail; $0.events[index].failure = nil
            },
            { $0.configuration.seed = "x" }, { $0.events[0].installed?[0].policy.budget = 0 },
            { $0.events[0].installed?[0].name = "" }, { $0.events[0].removed = ["nobody"] },
        ]
        for (number, change) in changes.enumerated() {
            var broken = recording
            change(&broken)
            let error = #expect(throws: ReplayError.self) { try broken.replay() }
            guard case .damaged? = error else {
                Issue.record("change \(number) gave \(String(describing: error))")
                continue
            }
        }
    }

    @Test("a full recording stops, says so once, and replays as far as it goes")
    func full() async throws {
        let log = Journal()
        let recording = try #require(try await self.eventful(capacity: 12, log: log))
        #expect(!recording.isComplete)
        #expect(recording.eventCount == 8, "the first install counts for its five declarations")
        #expect(try self.coded(recording).replay() == recording.events.flatMap(\.actions))
        #expect(log.count("the engine's recording is full; what follows is not recorded") == 1)
    }

    @Test("an engine does not record unless asked to")
    func off() async throws {
        try await withEngine([]) { engine, _ in #expect(await engine.recording() == nil) }
    }

    @Test("a recording of another format decodes, and its replay names both formats")
    func otherFormat() throws {
        let text = #"{"format": 2, "events": {"something": "else"}}"#
        let recording = try JSONDecoder().decode(EngineRecording.self, from: Data(text.utf8))
        #expect(throws: ReplayError.otherFormat(2, supported: 1)) { try recording.replay() }
    }

    @Test("the format is what it was: a recording of the first version still reads, replays and writes the same")
    func format() throws {
        let text = #"""
            {"complete":true,"configuration":{"seed":"18446744073709551615","settle-window":50000000,"\#
            shutdown-deadline":20000000000,"start-deadline":30000000000},"events":[\#
            {"actions":["say installed a 0\/1"],"at":0,"installed":[{"collects":[{"name":"g","site":"F.swift:1",\#
            "type":"Int"}],"edges":[{"kind":"optional","live":true,"name":"b","type":"Int"}],"name":"a","policy":{\#
            "budget":2,"code":3,"exhausted":"end-engine","factor":2,"first-delay":1000000000,"healthy-after":\#
            60000000000,"jitter":0,"maximum-delay":60000000000},"signalled":true,"site":"F.swift:1",\#
            "start-deadline":[1,5],"stop-cancelled":5000000000,"stop-graceful":10000000000,"type":"String"}],\#
            "kind":"update"},\#
            {"actions":["say engine running","say starting a 1\/1","start a 1"],"at":0,"kind":"run"},\#
            {"actions":["ended a","say failed a 1\/2 again in 9 s 0 ns"],"at":1000000,"failure":{"kind":"failed",\#
            "message":"broken","rank":4,"retry-after":9000000000},"generation":1,"kind":"ended","manifold":"a"}],\#
            "format":1}
            """#
        let recording = try JSONDecoder().decode(EngineRecording.self, from: Data(text.utf8))
        #expect(try recording.replay().last == "say failed a 1/2 again in 9 s 0 ns")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let written = String(decoding: try encoder.encode(recording), as: UTF8.self)
        #expect(written == text)
    }

    @Test("decoding refuses what is longer than a recording may be")
    func limits() throws {
        func decode(_ events: String) throws -> EngineRecording {
            let text =
                #"{"format":1,"complete":true,"configuration":{"seed":"1","settle-window":1,"#
                + #""start-deadline":1,"shutdown-deadline":1},"events":["# + events + "]}"
            return try JSONDecoder().decode(EngineRecording.self, from: Data(text.utf8))
        }
        let fits = String(repeating: "x", count: EngineRecording.maximumText)
        #expect(throws: Never.self) { try decode(#"{"at":1,"kind":"run","actions":["\#(fits)"]}"#) }
        let events = [
            #"{"at":1,"kind":"run","actions":["\#(fits)x"]}"#,
            #"{"at":1,"kind":"park","manifold":"\#(fits)x","actions":[]}"#,
            #"{"at":[1,1000000000000000000],"kind":"run","actions":[]}"#, #"{"at":1,"kind":"unheard","actions":[]}"#,
        ]
        for event in events { #expect(throws: DecodingError.self) { try decode(event) } }
        var size = RecordingSize()
        size.weight = EngineRecording.maximumEvents
        size.actions = EngineRecording.maximumActions - 1
        #expect(size.problem == nil)
        size.add(RecordedEvent(at: RecordedTime(.zero), kind: .run, actions: []))
        #expect(size.problem == "more than 1000000 events")
        size.weight = 0
        size.add(RecordedEvent(at: RecordedTime(.zero), kind: .run, actions: ["a", "b"]))
        #expect(size.problem == "more than 10000000 actions")
    }

    @Test("times are written exactly, however fine or long")
    func times() throws {
        let times: [Duration] = [
            .zero, .nanoseconds(-5), .seconds(1) / 3, .seconds(9_000_000_000), .seconds(Int64.max), .seconds(-3),
            Duration(secondsComponent: -1, attosecondsComponent: -1),
        ]
        for time in times {
            let data = try JSONEncoder().encode([RecordedTime(time)])
            #expect(try JSONDecoder().decode([RecordedTime].self, from: data).first?.duration == time)
        }
    }
}

/// Writes the messages of warnings and errors to a journal.
private struct MessageLog: LogHandler {
    var journal: Journal
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) { self.journal.append("\(event.message)") }
}
