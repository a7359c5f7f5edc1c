import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket
import Testing

@testable import RPC

@Suite("Calls over a real connection", .timeLimit(.minutes(1)))
struct RPCConnectionTests {
    @Test("a thousand calls at a time are each answered with their own answer")
    func pipelined() async throws {
        try await ServerFixture.with { fixture in
            let client = try await fixture.client()
            try await withThrowingTaskGroup(of: (Int64, JSONValue).self) { group in
                for number in 0..<1_000 as Range<Int64> {
                    group.addTask {
                        (
                            number,
                            try await client.call(facade: "F", version: 1, method: "M", params: ["n": .int(number)])
                        )
                    }
                }
                for try await (number, answer) in group { #expect(answer["n"] == .int(number)) }
            }
            await client.close()
            #expect(!client.isOpen)
        }
    }

    @Test("a failure arrives with code, message and details")
    func failure() async throws {
        let failure = RPCFailure(code: "not leader", message: "ask 2", info: ["server-id": "2"])
        let router = ServerFixture.serving { _ in ClosureHandler { $1.fail(failure) } }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            await #expect(throws: failure) { try await client.call(facade: "F", version: 1, method: "M") }
        }
    }

    @Test("answers may overtake each other and come from any thread")
    func overtaking() async throws {
        let first = NIOLockedValueBox<RPCReply?>(nil)
        let router = ServerFixture.serving { _ in
            ClosureHandler { request, reply in
                if request.method == "Slow" {
                    first.withLockedValue { $0 = reply }
                } else {
                    reply.succeed(["fast": true])
                }
            }
        }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            async let slow = client.call(facade: "F", version: 1, method: "Slow")
            // Whether it arrives before or after the slow one is waiting: it is answered first.
            while first.withLockedValue({ $0 }) == nil {
                #expect(try await client.call(facade: "F", version: 1, method: "Fast") == ["fast": true])
            }
            first.withLockedValue { $0 }?.succeed(["slow": true])
            #expect(try await slow == ["slow": true])
        }
    }

    @Test("a call without an answer ends at its deadline, and the connection lives on")
    func timeout() async throws {
        let kept = Recorder<RPCReply>()
        let router = ServerFixture.serving { _ in
            ClosureHandler { $0.method == "Never" ? kept.append($1) : $1.succeed() }
        }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            await #expect(throws: RPCCallError(.timedOut, "no answer in time")) {
                try await client.call(facade: "F", version: 1, method: "Never", timeout: .milliseconds(30))
            }
            // The late answer finds nobody and does no harm.
            for reply in kept.values { reply.succeed() }
            #expect(try await client.call(facade: "F", version: 1, method: "Now") == [:])
        }
    }

    @Test("a cancelled call ends at once")
    func cancellation() async throws {
        let (arrived, continuation) = AsyncStream.makeStream(of: RPCReply.self)
        let router = ServerFixture.serving { _ in ClosureHandler { continuation.yield($1) } }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            let call = Task { try await client.call(facade: "F", version: 1, method: "M", timeout: .seconds(3_600)) }
            var iterator = arrived.makeAsyncIterator()
            let reply = await iterator.next()
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            reply?.succeed()
        }
    }

    @Test("a lost connection fails all its calls, and those made later")
    func connectionLost() async throws {
        let (arrived, continuation) = AsyncStream.makeStream(of: RPCReply.self)
        let router = ServerFixture.serving { info in
            ClosureHandler { request, reply in
                continuation.yield(reply)
                if request.method == "Last" { info.close("enough") }
            }
        }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            let calls = (0..<10).map { number in
                Task { try await client.call(facade: "F", version: 1, method: number == 9 ? "Last" : "M") }
            }
            for call in calls { await #expect(throws: RPCCallError.connectionClosed) { try await call.value } }
            await #expect(throws: RPCCallError.connectionClosed) {
                try await client.call(facade: "F", version: 1, method: "M")
            }
            _ = arrived
        }
    }

    @Test("the handler learns once that its connection is gone")
    func connectionClosed() async throws {
        let (closings, continuation) = AsyncStream.makeStream(of: Void.self)
        let router = ServerFixture.serving { _ in ClosureHandler(closed: { continuation.yield() }) { $1.succeed() } }
        try await ServerFixture.with(router: router) { fixture in
            let client = try await fixture.client()
            await client.close()
            var iterator = closings.makeAsyncIterator()
            let isClosed = await iterator.next() != nil
            #expect(isClosed)
        }
    }

    @Test("a server of a foreign CA is not trusted; one of ours is, by name or by address")
    func trust() async throws {
        try await ServerFixture.with { fixture in
            let foreign = try ServerFixture.clientTLS(authority: TestCertificates.foreignAuthority)
            await #expect {
                _ = try await RPCClient.connect(
                    host: "127.0.0.1",
                    port: fixture.port,
                    tls: foreign,
                    group: ServerFixture.group
                )
            } throws: {
                ($0 as? RPCConnectError)?.code == .notTrusted
            }
            // The certificate carries the address, which does as well as the name.
            let client = try await RPCClient.connect(
                host: "127.0.0.1",
                port: fixture.port,
                tls: try ServerFixture.clientTLS(),
                serverName: nil,
                group: ServerFixture.group
            )
            await client.close()
        }
    }

    @Test("nobody listening, a silent listener, and a wrong path are told apart")
    func refusals() async throws {
        try await ServerFixture.with { fixture in
            await #expect {
                _ = try await RPCClient.connect(
                    host: "127.0.0.1",
                    port: fixture.port,
                    path: "/nowhere",
                    tls: try ServerFixture.clientTLS(),
                    group: ServerFixture.group
                )
            } throws: {
                ($0 as? RPCConnectError)?.code == .refused(.notFound)
            }
            let port = fixture.port
            await fixture.server.close(grace: .zero)
            await #expect {
                _ = try await RPCClient.connect(
                    host: "127.0.0.1",
                    port: port,
                    tls: try ServerFixture.clientTLS(),
                    group: ServerFixture.group
                )
            } throws: {
                ($0 as? RPCConnectError)?.code == .unreachable
            }
        }
        let silent = try await SilentListener.start()
        await #expect {
            _ = try await RPCClient.connect(
                host: "127.0.0.1",
                port: silent.port,
                tls: try ServerFixture.clientTLS(),
                group: ServerFixture.group,
                timeout: .milliseconds(50)
            )
        } throws: {
            ($0 as? RPCConnectError)?.code == .timedOut
        }
        let attempt = Task {
            try await RPCClient.connect(
                host: "127.0.0.1",
                port: silent.port,
                tls: try ServerFixture.clientTLS(),
                group: ServerFixture.group,
                timeout: .seconds(3_600)
            )
        }
        attempt.cancel()
        await #expect {
            _ = try await attempt.value
        } throws: {
            ($0 as? RPCConnectError)?.code == .cancelled
        }
        await silent.stop()
    }
}
