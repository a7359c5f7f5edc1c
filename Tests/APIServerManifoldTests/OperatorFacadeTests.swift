import AgentResources
import ClusterIdentity
import RPC
import Testing

@testable import APIServerManifold

@Suite struct OperatorFacadeTests {
    @Test("status is answered while Raft is away, and with what it says while it is there")
    func status() async throws {
        let agent = try TestAgent()
        let session = try await agent.loggedIn()
        let common: [(String, JSONValue)] = [
            ("cluster-id", .string(agent.identity.clusterID)), ("version", "0.1.0"), ("id", 1),
            ("address", "127.0.0.1:17070"),
        ]
        let without = try await session.call("Cluster", 1, "Status")
        for (key, value) in common { #expect(without[key] == value) }
        #expect(without["role"] == "unknown")
        #expect(without["leader"] == nil)
        agent.setRaft(FakeProposals.leading())
        let with = try await session.call("Cluster", 1, "Status")
        for (key, value) in common { #expect(with[key] == value) }
        #expect(with["role"] == "leader")
        #expect(with["term"] == 3)
        #expect(with["commit-index"] == 12)
        #expect(with["applied-index"] == 11)
        #expect(with["leader"] == ["id": 1, "address": "127.0.0.1:17070"])
        #expect(await failure { try await session.call("Cluster", 1, "Status", ["x": 1]) }?.code == "not valid")
    }

    @Test("the engine gets what operators ask and its answer goes back")
    func engine() async throws {
        let engine = FakeEngine()
        let session = try await TestAgent(engine: engine).loggedIn()
        #expect(try await session.call("Engine", 1, "Report") == ["workers": []])
        for method in ["Why", "Impact", "Bounce", "Park", "Resume"] {
            _ = try await session.call("Engine", 1, method, ["name": "raft"])
        }
        _ = try await session.call("Engine", 1, "Graph", ["format": "dot"])
        _ = try await session.call("Engine", 1, "Timeline", ["window": "last", "format": "svg"])
        #expect(
            engine.asked.map(\.method) == ["Report", "Why", "Impact", "Bounce", "Park", "Resume", "Graph", "Timeline"]
        )
        #expect(await failure { try await session.call("Engine", 1, "Timeline", ["until": "x"]) }?.code == "not valid")
        #expect(engine.asked[0].parameters == "{}")
        #expect(engine.asked[1].parameters == #"{"name":"raft"}"#)
    }

    @Test("the engine's refusals go back with their codes")
    func refusal() async throws {
        let engine = FakeEngine(.failure(EngineAccessError(code: "not found", message: "no manifold \"x\"")))
        let session = try await TestAgent(engine: engine).loggedIn()
        #expect(
            await failure { try await session.call("Engine", 1, "Why", ["name": "x"]) }
                == RPCFailure(code: "not found", message: "no manifold \"x\"")
        )
    }

    @Test(
        "bad names never reach the engine",
        arguments: [[:], ["name": ""], ["name": 4], ["name": "raft", "x": 1]] as [JSONValue]
    )
    func badNames(parameters: JSONValue) async throws {
        let engine = FakeEngine()
        let session = try await TestAgent(engine: engine).loggedIn()
        #expect(await failure { try await session.call("Engine", 1, "Why", parameters) }?.code == "not valid")
        let long = JSONValue.object(["name": .string(String(repeating: "n", count: 10_240))])
        #expect(await failure { try await session.call("Engine", 1, "Park", long) }?.code == "not valid")
        #expect(engine.asked.isEmpty)
    }

    @Test("workers fail on purpose only where the configuration says so")
    func faults() async throws {
        let engine = FakeEngine()
        let refusing = try await TestAgent(engine: engine).loggedIn()
        let refusal = await failure { try await refusing.call("Engine", 1, "Fail", ["name": "raft"]) }
        #expect(refusal?.code == "forbidden")
        #expect(refusal?.message.contains("fault-injection") == true)
        #expect(engine.asked.isEmpty)
        let allowing = try await TestAgent(engine: engine, faultInjection: true).loggedIn()
        _ = try await allowing.call("Engine", 1, "Fail", ["name": "raft"])
        #expect(engine.asked == [FakeEngine.Asked(method: "Fail", parameters: #"{"name":"raft"}"#)])
    }

    @Test("agents do not command the engine")
    func agents() async throws {
        let session = try await TestAgent().loggedIn(as: "machine-0")
        #expect(await failure { try await session.call("Engine", 1, "Report") } == .permissionDenied)
    }
}
