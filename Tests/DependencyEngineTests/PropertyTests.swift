import FoundationEssentials
import Testing

@testable import DependencyEngine

/// Random graphs in virtual time. Each test takes its share of `ENGINE_PROPERTY_SECONDS` (20), first fixed seeds, so
/// that a failure repeats, then new ones; `ENGINE_SEED` runs that one alone.
@Suite(.serialized, .timeLimit(.minutes(60))) struct PropertyTests {
    /// Calls `body` with one seed after the other until its share of the time is over.
    private static func eachSeed(
        _ name: String,
        share: Double,
        _ body: (UInt64) async throws -> Void
    ) async throws {
        let environment = ProcessInfo.processInfo.environment
        if let text = environment["ENGINE_SEED"], let seed = UInt64(text) { return try await body(seed) }
        let seconds = environment["ENGINE_PROPERTY_SECONDS"].flatMap { Double($0) } ?? 20
        let fresh = UInt64.random(in: 1_000_000 ... .max / 2)
        let clock = ContinuousClock()
        let start = clock.now
        var count: UInt64 = 0
        // Half of them fixed; at least a few however slow the machine.
        while count < 20 || start.duration(to: clock.now) < .seconds(seconds * share) {
            try await body(count % 2 == 0 ? count / 2 + 1 : fresh + count / 2)
            count += 1
            // Other tests share these threads.
            await Task.yield()
        }
        print("engine property test: \(name): \(count) graphs, seeds from 1 and from \(fresh)")
    }

    private func meddle(_ world: inout RandomWorld, steps: Int) throws {
        world.send(.run)
        for step in 1...steps where world.outcome == nil {
            world.run(until: .seconds(step))
            if world.chance(0.4) && world.outcome == nil { try world.meddle() }
        }
    }

    @Test("whatever fails: no worker without its inputs, no overlap, one stop each, no charge after it, and an end")
    func chaos() async throws {
        try await Self.eachSeed("chaos", share: 0.4) { seed in
            var world = try RandomWorld(seed: seed, deadly: true)
            try self.meddle(&world, steps: Int.random(in: 1...40, using: &world.random))
            if world.chance(0.3) && world.outcome == nil {
                // As an engine inside another one: all drain, and time passes before they are stopped.
                world.send(.drain)
                world.run(until: world.now + .seconds(world.chance(0.5) ? 1 : 5))
            }
            if world.outcome == nil { world.send(.shutdown(world.chance(0.8) ? .graceful : .cancelled)) }
            world.run(until: world.now + .seconds(20))
            #expect(world.outcome != nil, "did not end, seed \(seed)")
            #expect(world.machine.isSettled, "seed \(seed)")
            for (key, instance) in world.instances {
                #expect(instance.isAbandoned && instance.asked == 1, "left alone: \(key), seed \(seed)")
            }
            let policies = world.machine.endings.contains { if case .budgetSpent = $0.outcome { true } else { false } }
            guard !policies else { return }
            if let id = world.expectedEnd {
                guard case .fatal(id, _)? = world.outcome else {
                    Issue.record("ended with \(String(describing: world.outcome)) and not by \(id), seed \(seed)")
                    return
                }
            } else {
                #expect(world.outcome == .completed, "seed \(seed)")
            }
        }
    }

    @Test("once faults stop, everything that can run is ready again, and then nothing moves")
    func heals() async throws {
        try await Self.eachSeed("heals", share: 0.3) { seed in
            var world = try RandomWorld(seed: seed)
            try self.meddle(&world, steps: 20)
            world.isHealed = true
            // Twice: what was parked, finished or uninstalled by an end that was already on its way comes back too.
            for _ in 1...2 {
                try world.reinstall()
                for id in world.machine.nodes.indices { world.send(.resume(id)) }
                world.run(until: world.now + .seconds(300))
            }
            for id in world.machine.nodes.indices {
                let state = world.machine.manifoldState(id)
                let why = world.machine.explain(id, now: world.now).text
                #expect(state == .ready, "seed \(seed): \(why)")
                let node = world.machine.nodes[id]
                for index in node.delivered.indices where node.inputs[index].isLive {
                    let provider = world.machine.nodes[node.inputs[index].provider]
                    #expect(node.delivered[index] == provider.generation, "not told of \(provider.name), seed \(seed)")
                }
            }
            #expect(world.machine.isSettled, "seed \(seed)")
            let starts = world.starts
            world.run(until: world.now + .seconds(3600))
            #expect(world.starts == starts, "restless, seed \(seed)")
        }
    }

    @Test("without faults each manifold of any graph starts once, give or take optional inputs that come late")
    func starts() async throws {
        try await Self.eachSeed("starts", share: 0.1) { seed in
            var world = try RandomWorld(seed: seed, failing: false)
            let isPlain = world.declared.allSatisfy { declaration in
                declaration.collects.isEmpty && !declaration.edges.contains { $0.kind == .optional }
            }
            world.send(.run)
            world.run(until: .seconds(120))
            for id in world.machine.nodes.indices where !world.machine.nodes[id].isOffered {
                Issue.record("seed \(seed): \(world.machine.explain(id, now: world.now).text)")
            }
            if isPlain { #expect(world.starts == world.size, "seed \(seed)") }
        }
    }

    @Test("whatever happened in it, a recorded world, written and read back, replays to the same actions")
    func replays() async throws {
        try await Self.eachSeed("replays", share: 0.2) { seed in
            var world = try RandomWorld(seed: seed, deadly: true, recording: true)
            try self.meddle(&world, steps: 20)
            world.send(.shutdown(.graceful))
            world.run(until: world.now + .seconds(20))
            let recorder = try #require(world.recorder)
            let recording = EngineRecording(recorder, configuration: world.machine.configuration)
            let data = try JSONEncoder().encode(recording)
            let read = try JSONDecoder().decode(EngineRecording.self, from: data)
            do {
                let lines = try read.replay()
                #expect(lines == recording.events.flatMap(\.actions), "seed \(seed)")
            } catch {
                Issue.record("\(error), seed \(seed)")
            }
        }
    }
}
