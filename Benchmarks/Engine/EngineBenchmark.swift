import DependencyEngine

/// What 10,000 native workers cost: all started, all bounced from the root, all reported.
struct EngineBenchmark {
    let runs: Int
    private static let workers = 10_000

    private struct Sample {
        var start: Duration
        var bounce: Duration
        var report: Duration
    }

    func measure() async throws -> [Figure] {
        // The first engine of a process pays for what all of them share.
        _ = try await self.sample()
        var samples: [Sample] = []
        for _ in 0..<self.runs { samples.append(try await self.sample()) }
        return [
            Figure("engine.start-10000", unit: "ms", samples.map(\.start.inMilliseconds)),
            Figure("engine.bounce-10000", unit: "ms", samples.map(\.bounce.inMilliseconds)),
            Figure("engine.report-10000", unit: "ms", samples.map(\.report.inMilliseconds)),
        ]
    }

    private func sample() async throws -> Sample {
        let clock = ContinuousClock()
        let engine = Engine()
        let manifolds = Self.manifolds()
        // From the declarations to the last of them ready.
        let begun = clock.now
        try await engine.install(manifolds)
        let running = Task { try await engine.run() }
        try await engine.settled()
        let started = clock.now - begun
        try await Self.check(engine, startCount: 1)
        let bounced = try await clock.measure {
            try await engine.bounce(Self.name(0))
            try await engine.settled()
        }
        let reported = await clock.measure { _ = await engine.report() }
        try await Self.check(engine, startCount: 2)
        engine.shutdown()
        try await running.value
        return Sample(start: started, bounce: bounced, report: reported)
    }

    /// Resident bytes a manifold once all run; only right in a process that has done nothing else.
    static func residentBytesPerManifold() async throws -> Int {
        let before = try EngineMemory.residentBytes()
        let engine = Engine()
        try await engine.install(Self.manifolds())
        let running = Task { try await engine.run() }
        try await engine.settled()
        try await Self.check(engine, startCount: 1)
        let after = try EngineMemory.residentBytes()
        engine.shutdown()
        try await running.value
        return (after - before) / Self.workers
    }

    /// A figure of an engine that did less than it should is none.
    private static func check(_ engine: Engine, startCount: Int) async throws {
        let behind = await engine.report().manifolds.filter { $0.state != .ready || $0.startCount != startCount }
        guard behind.isEmpty else {
            throw BenchmarkError("\(behind.count) workers are not up, first \(behind[0].name): \(behind[0].state)")
        }
    }

    // MARK: The graph

    /// Every worker but the first needs up to three earlier ones, so that all of them hang on the first.
    private static func manifolds() -> [Manifold] {
        var random = LinearCongruence(state: 42)
        return (0..<Self.workers).map { index in
            let resource = Resource<Int>(Self.name(index))
            func earlier() -> Resource<Int> { Resource(Self.name(random.next(below: index))) }
            return switch min(index, 1 + index % 3) {
            case 0:
                Manifold(resource) {
                    IdleWorker()
                } provides: { _ in
                    index
                }
            case 1:
                Manifold(resource, needs: earlier()) { _ in
                    IdleWorker()
                } provides: { _ in
                    index
                }
            case 2:
                Manifold(resource, needs: earlier(), earlier()) { _, _ in
                    IdleWorker()
                } provides: { _ in
                    index
                }
            default:
                Manifold(resource, needs: earlier(), earlier(), earlier()) { _, _, _ in
                    IdleWorker()
                } provides: { _ in
                    index
                }
            }
        }
    }

    private static func name(_ index: Int) -> String { "worker-\(index)" }
}

private struct IdleWorker: Worker {
    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

/// The same graph in every run.
private struct LinearCongruence {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((self.state >> 33) % UInt64(bound))
    }
}
