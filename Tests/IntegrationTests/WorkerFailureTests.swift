import RPC
import Testing

@Suite(.serialized) struct WorkerFailureTests {
    @Test("a failed worker comes back by itself, and closes no client connection unless it is the API server")
    func everyWorkerInTurn() async throws {
        let cluster = try TestCluster()
        let leader = try await cluster.leader()
        let control = try await cluster.connect(leader)
        let report = try await control.call(facade: "Engine", version: 1, method: "Report")
        let workers = (report["manifolds"]?.array ?? []).compactMap { $0["name"]?.string }
        #expect(workers.contains("raft") && workers.contains("apiserver"))
        await control.close()

        for worker in workers where worker != "apiserver" {
            let target = try await cluster.leader()
            let clients = try await Self.connections(100, to: target, of: cluster)
            let failing = try await cluster.connect(target)
            let before = try await failing.startCount(of: worker)
            _ = try await failing.engine("Fail", worker)
            try await eventually("\(worker) runs again and a claim is granted") {
                guard try await failing.startCount(of: worker) > before else { return false }
                let why = try await failing.engine("Why", worker)
                let now = why["explanation"]?["state"]?.string
                guard now == "ready" || now == "started" else { return false }
                return try await failing.claim("after-\(worker)", holder: "a").outcome == "applied"
            }
            for client in clients {
                _ = try await client.call(facade: "Pinger", version: 1, method: "Ping")
                await client.close()
            }
            await failing.close()
        }
    }

    @Test("after the API server failed clients can connect again")
    func apiServer() async throws {
        let cluster = try TestCluster()
        let target = try await cluster.leader()
        let client = try await cluster.connect(target)
        _ = try? await client.engine("Fail", "apiserver")
        try await eventually("the API server serves again, started anew") {
            guard let again = try? await cluster.connect(target) else { return false }
            guard try await again.startCount(of: "apiserver") > 1 else { return false }
            return try await again.claim("db", holder: "a").outcome == "applied"
        }
    }

    @Test("the engine socket says why the API server does not run while it is parked")
    func whyWhileParked() async throws {
        let cluster = try TestCluster(size: 1)
        try await cluster.leader()
        let client = try await cluster.connect(1)
        _ = try? await client.engine("Park", "apiserver")
        let answer = try await eventually("apiserver is parked") {
            let (status, output, _) = try cluster.holdfast(
                "engine",
                "why",
                "apiserver",
                "--socket",
                cluster.dataDirectory(1) + "/engine.socket"
            )
            return status == 0 && output.contains("parked") ? output : nil
        }
        #expect(answer.contains("apiserver"))
    }

    private static func connections(_ count: Int, to id: UInt64, of cluster: TestCluster) async throws -> [RPCClient] {
        var connections: [RPCClient] = []
        for _ in 0..<count { connections.append(try await cluster.connect(id)) }
        return connections
    }
}
