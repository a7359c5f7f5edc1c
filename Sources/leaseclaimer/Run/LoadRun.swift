import Glibc
import LoadReport
import NIOCore
import NIOPosix
import NIOSSL

/// One run: connects, lets the load loose, ends it, and returns what was counted.
struct LoadRun: Sendable {
    let options: LoadOptions
    let target: LoadTarget
    /// Called about once a second.
    let progress: @Sendable (LoadResult.Second) -> Void

    /// Runs for as long as the options say, or until `Interruption` was asked for.
    ///
    /// - Throws: `LoadError` when no controller can be used at the start.
    @concurrent
    func run() async throws -> LoadResult {
        Self.allowManyFiles()
        var result = LoadResult()
        result.cost.residentBeforeBytes = ProcessSampler.residentBytes(Int(getpid())) ?? 0
        let group = MultiThreadedEventLoopGroup(numberOfThreads: self.options.threads)
        do {
            try await self.run(on: group, &result)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
        return result
    }

    private func run(on group: MultiThreadedEventLoopGroup, _ result: inout LoadResult) async throws {
        let tls = try self.tlsContext()
        if self.options.sleep > .zero { try await Task.sleep(for: self.options.sleep.duration, clock: .continuous) }
        let began = Instant.now
        var loops: [LoopHandle] = []
        for number in 0..<self.options.threads {
            loops.append(
                try await LoopHandle.make(
                    number,
                    on: group.next(),
                    options: self.options,
                    target: self.target,
                    tls: tls,
                    start: began
                )
            )
        }
        do {
            try await self.run(loops, &result)
        } catch {
            for loop in loops { try? await loop.run { $0.stop() } }
            throw error
        }
        for loop in loops { try await loop.run { $0.stop() } }
    }

    private func run(_ loops: [LoopHandle], _ result: inout LoadResult) async throws {
        try await self.connect(loops)
        try await self.prepare(loops)
        // What was counted so far is not the load.
        for loop in loops {
            _ = try await loop.run { loop in
                loop.latencies = LatencyTable()
                loop.operations = 0
                return loop.harvest()
            }
        }
        let usedBefore = Self.cpuSeconds()
        let start = Instant.now + .milliseconds(20)
        for loop in loops { try await loop.run { $0.workload?.begin(at: start, now: .now) } }
        var sampler = ProcessSampler(pids: self.options.watched)
        _ = sampler.sample(now: start)
        try await self.watch(loops, start, &sampler, &result)
        let end = Instant.now
        result.cost.cpuSeconds = Self.cpuSeconds() - usedBefore
        try await self.gather(loops, start, end, &result)
        result.processes = sampler.totals
        result.cost.residentMaximumBytes = sampler.totals[0].residentMaximumBytes
    }

    // MARK: Before

    private func tlsContext() throws -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let certificate = self.target.caCertificate {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)))
        } else {
            tls.certificateVerification = .none
        }
        return try NIOSSLContext(configuration: tls)
    }

    /// Opens the connections: what is measured is leases, not handshakes. One must come about, or there is nothing to run
    /// against; the others come in time.
    private func connect(_ loops: [LoopHandle]) async throws {
        var wanted = 0
        for loop in loops { wanted += try await loop.run { $0.dialFirst(now: .now) } }
        var (open, progressed) = (0, Instant.now)
        while open < wanted, !Interruption.isRequested {
            try await Task.sleep(for: .milliseconds(20), clock: .continuous)
            var (sum, failure): (Int, String?) = (0, nil)
            for loop in loops {
                let (count, reason) = try await loop.run { ($0.openLanes, $0.lastDialFailure) }
                sum += count
                failure = failure ?? reason
            }
            if sum > open { (open, progressed) = (sum, .now) }
            let patience: TimeSpan = open == 0 && failure != nil ? .seconds(4) : .seconds(15)
            guard Instant.now - progressed > patience else { continue }
            if open == 0 { throw LoadError(failure ?? "no controller answers") }
            break
        }
    }

    /// Claims what is to be extended.
    private func prepare(_ loops: [LoopHandle]) async throws {
        let began = Instant.now
        for loop in loops {
            try await loop.run { $0.workload?.prepare(now: .now) }
            while !Interruption.isRequested {
                if try await loop.run({ $0.workload?.isPrepared ?? true }) { break }
                if let failure = try await loop.run({ $0.workload?.preparationFailure }) { throw LoadError(failure) }
                guard Instant.now - began < .seconds(120) else {
                    throw LoadError("the leases to be extended could not all be claimed within two minutes")
                }
                try await Task.sleep(for: .milliseconds(20), clock: .continuous)
            }
        }
    }

    private static func allowManyFiles() {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(kind, &limit)
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    // MARK: Meanwhile

    /// Looks at the loops once a second until the run is over.
    private func watch(
        _ loops: [LoopHandle],
        _ start: Instant,
        _ sampler: inout ProcessSampler,
        _ result: inout LoadResult
    ) async throws {
        let end = start + self.options.duration
        var storms = self.options.storms.map { start + $0 }.sorted()
        var next = start + .seconds(1)
        while true {
            let now = Instant.now
            let isOver = now >= end || Interruption.isRequested
            if let storm = storms.first, storm <= now {
                storms.removeFirst()
                for loop in loops { try await loop.run { $0.workload?.storm(now: .now) } }
            }
            if now >= next || isOver {
                let second = try await self.second(loops, now - start, &sampler)
                result.seconds.append(second)
                self.progress(second)
                while next <= now { next += .seconds(1) }
            }
            if isOver { return }
            if try await self.areDone(loops) { return }
            // Short, so that Ctrl-C is noticed soon.
            let wake = min(now + .milliseconds(200), min(next, min(end, storms.first ?? end)))
            try await Task.sleep(for: max(wake - .now, .milliseconds(1)).duration, clock: .continuous)
        }
    }

    private func second(
        _ loops: [LoopHandle],
        _ elapsed: TimeSpan,
        _ sampler: inout ProcessSampler
    ) async throws -> LoadResult.Second {
        var sum = LoopSecond()
        for loop in loops { sum.merge(try await loop.run { $0.harvest() }) }
        var second = sum.second(at: elapsed.inSeconds)
        second.processes = sampler.sample(now: .now)
        return second
    }

    private func areDone(_ loops: [LoopHandle]) async throws -> Bool {
        for loop in loops {
            if try await !loop.run({ $0.workload?.isDone ?? true }) { return false }
        }
        return true
    }

    // MARK: After

    /// Sees what is on its way to its end, and puts everything together.
    private func gather(
        _ loops: [LoopHandle],
        _ start: Instant,
        _ end: Instant,
        _ result: inout LoadResult
    ) async throws {
        result.connections = result.seconds.last?.connections ?? 0
        for loop in loops { try await loop.run { $0.workload?.end(now: .now) } }
        let patience = Instant.now + .seconds(20)
        while try await !self.areDone(loops), .now < patience {
            try await Task.sleep(for: .milliseconds(20), clock: .continuous)
        }
        var statistics: Statistics?
        var latencies = LatencyTable()
        var totals = LoopSecond()
        for loop in loops {
            let (own, table, operations, rest) = try await loop.run { loop in
                (loop.workload?.close(at: end), loop.latencies, loop.operations, loop.harvest())
            }
            latencies.merge(table)
            totals.merge(rest)
            result.cost.operations += operations
            if let own { statistics = statistics.map { $0.merging(own) } ?? own }
        }
        for (name, counted) in totals.classes { result.classes[name, default: .init()].add(counted.counts) }
        for second in result.seconds {
            for (name, counts) in second.classes { result.classes[name, default: .init()].add(counts) }
        }
        result.latencies = latencies.rows
        result.describe(self.options, controllers: self.target.controllers.count)
        result.elapsedMilliseconds = (end - start).wholeMilliseconds
        if let statistics { result.take(statistics, start: start) }
    }
}
