import DependencyEngine
import Logging
import ServiceLifecycle

/// What native workers cost at three sizes, so that cost against size can be read: all started, all bounced from the
/// root, all reported, all shut down.
struct EngineBenchmark {
    let runs: Int
    /// The one that promises are made for is the last.
    private static let sizes = [100, 1_000, 10_000]

    private struct Sample {
        var start: Duration
        var bounce: Duration
        var report: Duration
        var shutdown: Duration
    }

    func measure() async throws -> [Figure] {
        // The first engine of a process pays for what all of them share.
        _ = try await Self.sample(of: 10_000)
        var figures: [Figure] = []
        for size in Self.sizes {
            var samples: [Sample] = []
            for _ in 0..<self.runs { samples.append(try await Self.sample(of: size)) }
            figures += [
                Figure("engine.start-\(size)", unit: "ms", samples.map(\.start.inMilliseconds)),
                Figure("engine.bounce-\(size)", unit: "ms", samples.map(\.bounce.inMilliseconds)),
                Figure("engine.shutdown-\(size)", unit: "ms", samples.map(\.shutdown.inMilliseconds)),
                Figure("engine.report-\(size)", unit: "ms", samples.map(\.report.inMilliseconds)),
                // The same for every size if the engine were exactly linear.
                Figure("engine.start-each-\(size)", unit: "µs", samples.map { Self.each($0.start, of: size) }),
                Figure("engine.bounce-each-\(size)", unit: "µs", samples.map { Self.each($0.bounce, of: size) }),
            ]
        }
        return figures + (try await self.measureService())
    }

    /// What hosting a `Service` adds to a manifold, next to a native worker in a graph of the same shape.
    private func measureService() async throws -> [Figure] {
        let size = 1_000
        var native: [Double] = []
        var hosted: [Double] = []
        for _ in 0..<self.runs {
            native.append(Self.each(try await Self.sample(of: size).start, of: size))
            hosted.append(Self.each(try await Self.sample(of: size, kind: .service).start, of: size))
        }
        return [
            Figure("engine.native-start", unit: "µs", native),
            Figure("engine.service-start", unit: "µs", hosted),
        ]
    }

    private static func each(_ duration: Duration, of size: Int) -> Double {
        duration.inMilliseconds * 1_000 / Double(size)
    }

    private static func sample(of size: Int, kind: Kind = .native) async throws -> Sample {
        let clock = ContinuousClock()
        let engine = Engine(logger: Self.logger)
        let manifolds = Self.manifolds(size, kind)
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
        let stopped = try await clock.measure {
            engine.shutdown()
            try await running.value
        }
        return Sample(start: started, bounce: bounced, report: reported, shutdown: stopped)
    }

    /// Resident bytes a manifold once all run; only right in a process that has done nothing else.
    static func residentBytesPerManifold(_ kind: Kind) async throws -> Int {
        let size = 10_000
        let before = try EngineMemory.residentBytes()
        let engine = Engine(logger: Self.logger)
        try await engine.install(Self.manifolds(size, kind))
        let running = Task { try await engine.run() }
        try await engine.settled()
        try await Self.check(engine, startCount: 1)
        let after = try EngineMemory.residentBytes()
        engine.shutdown()
        try await running.value
        return (after - before) / size
    }

    /// A log would be measured with the engine.
    private static var logger: Logger { Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }) }

    /// A figure of an engine that did less than it should is none.
    private static func check(_ engine: Engine, startCount: Int) async throws {
        let behind = await engine.report().manifolds.filter { $0.state != .ready || $0.startCount != startCount }
        guard behind.isEmpty else {
            throw BenchmarkError("\(behind.count) workers are not up, first \(behind[0].name): \(behind[0].state)")
        }
    }

    // MARK: The graph

    /// What each manifold of the graph runs.
    enum Kind: String {
        case native, service
    }

    /// Every worker but the first needs up to three earlier ones, so that all of them hang on the first.
    private static func manifolds(_ size: Int, _ kind: Kind) -> [Manifold] {
        var random = LinearCongruence(state: 42)
        return (0..<size).map { index in
            let resource = Resource<Int>(Self.name(index))
            let needed = (0..<min(index, 1 + index % 3)).map { _ in
                Resource<Int>(Self.name(random.next(below: index)))
            }
            return switch kind {
            case .native: Self.native(resource, index, needs: needed)
            case .service: Self.service(resource, index, needs: needed)
            }
        }
    }

    private static func native(_ resource: Resource<Int>, _ index: Int, needs: [Resource<Int>]) -> Manifold {
        switch needs.count {
        case 0: Manifold(resource, start: { IdleWorker() }, provides: { _ in index })
        case 1: Manifold(resource, needs: needs[0], start: { _ in IdleWorker() }, provides: { _ in index })
        case 2:
            Manifold(resource, needs: needs[0], needs[1], start: { _, _ in IdleWorker() }, provides: { _ in index })
        default:
            Manifold(
                resource,
                needs: needs[0],
                needs[1],
                needs[2],
                start: { _, _, _ in IdleWorker() },
                provides: { _ in index }
            )
        }
    }

    private static func service(_ resource: Resource<Int>, _ index: Int, needs: [Resource<Int>]) -> Manifold {
        switch needs.count {
        case 0: .service(resource, start: { IdleService() }, provides: { _ in index })
        case 1: .service(resource, needs: needs[0], start: { _ in IdleService() }, provides: { _ in index })
        case 2:
            .service(resource, needs: needs[0], needs[1], start: { _, _ in IdleService() }, provides: { _ in index })
        default:
            .service(
                resource,
                needs: needs[0],
                needs[1],
                needs[2],
                start: { _, _, _ in IdleService() },
                provides: { _ in index }
            )
        }
    }

    private static func name(_ index: Int) -> String { "worker-\(index)" }
}

private struct IdleWorker: Worker {
    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

private struct IdleService: Service {
    func run() async throws { try await gracefulShutdown() }
}

/// The same graph in every run.
private struct LinearCongruence {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((self.state >> 33) % UInt64(bound))
    }
}
