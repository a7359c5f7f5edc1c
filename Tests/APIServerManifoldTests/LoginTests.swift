import ClusterIdentity
import NIOCore
import RPC
import Testing

@testable import APIServerManifold

@Suite struct LoginTests {
    @Test("a user logs in with the account's token and learns where it is")
    func user() async throws {
        let agent = try TestAgent()
        let answer = try await agent.session().logIn("user-admin", agent.token)
        #expect(answer["controller-tag"] == .string("controller-\(agent.identity.clusterID)"))
        #expect(answer["model-tag"] == nil)
        #expect(answer["server-version"] == "0.1.0")
        #expect(answer["user-info"]?["identity"] == "user-admin")
        #expect(answer["servers"]?.array?.count == 3)
        #expect(
            answer["servers"]?.array?.first
                == [["value": "127.0.0.1", "type": "ipv4", "scope": "local-cloud", "port": 17070]]
        )
        let facades = answer["facades"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(facades == ["Admin", "Pinger", "Lease", "Cluster", "Engine"])
    }

    @Test("a login to the cluster's model is told the model's tag")
    func model() async throws {
        let agent = try TestAgent()
        let answer = try await agent.session(.model(agent.identity.model)).logIn("unit-mysql-0", agent.token)
        #expect(answer["model-tag"] == .string("model-\(agent.identity.model)"))
        #expect(answer["user-info"] == nil)
    }

    @Test("a login to an unknown model is refused, but only for those who may know")
    func unknownModel() async throws {
        let agent = try TestAgent()
        let session = agent.session(.model("0000"))
        #expect(await failure { try await session.logIn("user-admin", "wrong") } == .wrongCredentials)
        let refusal = await failure { try await session.logIn("user-admin", agent.token) }
        #expect(refusal?.code == "model not found")
        #expect(refusal?.message == #"unknown model: "0000""#)
    }

    @Test(
        "wrong names and tokens get one answer, and the connection may try again",
        arguments: [
            ("user-admin", "wrong"), ("user-nobody", nil), ("nonsense", nil), ("", nil), ("unit-mysql-0", "wrong"),
            ("user-admin", ""),
        ]
            as [(String, String?)]
    )
    func wrong(tag: String, token: String?) async throws {
        let agent = try TestAgent()
        let session = agent.session()
        let refusal = await failure { try await session.logIn(tag, token ?? agent.token) }
        #expect(refusal?.code == "unauthorized access")
        #expect(refusal?.message == "invalid entity name or password")
        _ = try await session.logIn("user-admin", agent.token)
    }

    @Test("credentials of another type or of 10 kB are refused by name")
    func badCredentials() async throws {
        let agent = try TestAgent()
        let session = agent.session()
        let wrongType = await failure { try await session.call("Admin", 3, "Login", ["auth-tag": 5]) }
        #expect(wrongType?.message == #""auth-tag" must be a string"#)
        let huge = await failure {
            try await session.logIn("user-admin", String(repeating: "x", count: 10_240))
        }
        #expect(huge?.code == "not valid")
        _ = try await session.logIn("user-admin", agent.token)
    }

    @Test("before login nothing but the login is answered", arguments: ["Lease", "Pinger", "Nonsense"])
    func beforeLogin(facade: String) async throws {
        let session = try TestAgent().session()
        let refusal = await failure { try await session.call(facade, 1, "Ping") }
        #expect(refusal?.code == "unauthorized access")
    }

    @Test("a second login is refused and changes nothing")
    func twice() async throws {
        let agent = try TestAgent()
        let session = try await agent.loggedIn()
        let refusal = await failure { try await session.logIn("unit-mysql-0", agent.token) }
        #expect(refusal?.message == "already logged in")
        _ = try await session.call("Cluster", 1, "Status")
    }

    @Test("too many failed logins close the connection")
    func tooMany() async throws {
        var limits = SessionLimits()
        limits.failedLogins = 2
        let session = try TestAgent().session(limits: limits)
        for _ in 0..<2 {
            #expect(await failure { try await session.logIn("user-admin", "wrong") } == .wrongCredentials)
        }
        #expect(await session.closed.first { _ in true } == "too many failed logins")
    }

    @Test("a connection without login is closed, and so is an agent without pings")
    func silence() async throws {
        let agent = try TestAgent()
        var limits = SessionLimits()
        limits.loginTimeout = .milliseconds(1)
        let stranger = agent.session(limits: limits)
        #expect(await stranger.closed.first { _ in true } == "no login in time")
        limits = SessionLimits()
        limits.pingTimeout = .milliseconds(1)
        let unit = try await agent.loggedIn(as: "unit-mysql-0", limits: limits)
        #expect(await unit.closed.first { _ in true } == "no ping in time")
    }

    @Test("what is not there is named with its version", arguments: ["Nonsense", "Pinger"])
    func notImplemented(facade: String) async throws {
        let session = try await TestAgent().loggedIn()
        let refusal = await failure { try await session.call(facade, 9, "Ping") }
        #expect(refusal?.code == "not implemented")
        #expect(refusal?.message == "no such request - method \(facade)(9).Ping is not implemented")
        #expect(await failure { try await session.call("Pinger", 1, "Pong") }?.code == "not implemented")
        #expect(try await session.call("Pinger", 1, "Ping") == [:])
    }

    @Test("a closed gate refuses calls and logins and says to ask another controller")
    func gate() async throws {
        let agent = try TestAgent()
        let session = agent.session()
        _ = try await session.logIn("user-admin", agent.token)
        agent.services.gate.close()
        #expect(await failure { try await session.call("Cluster", 1, "Status") }?.code == "try again")
        #expect(
            await failure { try await agent.session().logIn("user-admin", agent.token) }?.code == "try again"
        )
    }
}
