import HoldfastClient

/// How long one controller takes from exec to serving: the first claim granted, TLS handshake and login included.
struct ColdStartBenchmark {
    let runs: Int
    let children: ChildProcesses

    func measure() async throws -> [Figure] {
        var times: [Double] = []
        var memory: [Double] = []
        var own: [Double] = []
        for _ in 0..<self.runs {
            let sample = try await self.sample()
            times.append(sample.time.inMilliseconds)
            memory.append(Double(sample.process.residentBytes) / 1e6)
            own.append(Double(sample.process.ownBytes) / 1e6)
        }
        return [
            Figure("agent.cold-start", unit: "ms", times), Figure("agent.cold-start-memory", unit: "MB", memory),
            Figure("agent.cold-start-own-memory", unit: "MB", own),
        ]
    }

    private func sample() async throws -> (time: Duration, process: ProcessFigures) {
        let cluster = try await LocalCluster(ClusterSettings(controllers: 1), children: self.children)
        do {
            let begun = ContinuousClock.now
            try await cluster.startController(1)
            // The client's own pauses between attempts are longer than what is measured.
            while !LoopbackPorts.isOpen(cluster.ports[0]) {
                guard ContinuousClock.now - begun < .seconds(20) else {
                    throw BenchmarkError("the controller does not listen after 20 s")
                }
                try await Task.sleep(for: .milliseconds(2), clock: .continuous)
            }
            let client = try cluster.client(of: [1])
            let result = try await client.claim("bench", holder: "bench", for: .seconds(60), timeout: .seconds(20))
            let time = ContinuousClock.now - begun
            await client.close()
            guard result.outcome == .applied else {
                throw BenchmarkError("the first claim came out as \(result.outcome), \(result.reason ?? "no reason")")
            }
            guard let process = try await cluster.processFigures()[1] else {
                throw BenchmarkError("the controller is gone after its first claim")
            }
            await cluster.stop()
            return (time, process)
        } catch {
            await cluster.stop(keepingLogs: true)
            throw error
        }
    }
}
