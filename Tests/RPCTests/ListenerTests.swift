import NIOConcurrencyHelpers
import NIOSSL
import Testing

@testable import RPC

@Suite("The listening socket", .timeLimit(.minutes(1)))
struct ListenerTests {
    @Test("each connection gets the TLS context of its moment, and keeps it")
    func contextOfTheMoment() async throws {
        let current = NIOLockedValueBox(try ServerFixture.serverTLS())
        try await ServerFixture.with(tls: { current.withLockedValue { $0 } }) { fixture in
            let old = try await fixture.client(maximum: .tlsv12)
            let strict = try ServerFixture.serverTLS(minimum: .tlsv13)
            current.withLockedValue { $0 = strict }
            await #expect(throws: RPCConnectError.self) { _ = try await fixture.client(maximum: .tlsv12) }
            let new = try await fixture.client()
            for client in [old, new] {
                let answer = try await client.call(facade: "F", version: 1, method: "M", params: ["a": "b"])
                #expect(answer == ["a": "b"])
                await client.close()
            }
        }
    }

    @Test("whoever waits for the listener's end hears of it, and the connections stay")
    func closed() async throws {
        try await ServerFixture.with { fixture in
            let hasEnded = NIOLockedValueBox(false)
            let end = Task {
                await fixture.server.listenerClosed()
                hasEnded.withLockedValue { $0 = true }
            }
            let client = try await fixture.client()
            #expect(!hasEnded.withLockedValue { $0 })
            await fixture.server.stopAccepting()
            await end.value
            // It is still true for those who ask late.
            await fixture.server.listenerClosed()
            _ = try await client.call(facade: "F", version: 1, method: "M")
            await client.close()
        }
    }

    @Test("waiting for the listener's end can be given up")
    func givenUp() async throws {
        try await ServerFixture.with { fixture in
            let end = Task { await fixture.server.listenerClosed() }
            end.cancel()
            await end.value
            let client = try await fixture.client()
            await client.close()
        }
    }
}
