import ClusterIdentity
import Consensus
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import PeerTransport
import RPC
import Testing

@Suite(.timeLimit(.minutes(1))) struct PeerConnectionTests {
    private static func vote(_ term: Term, candidate: UInt64 = 1) -> Message {
        .requestVote(RequestVote(term: term, candidate: ServerID(candidate), lastIndex: 0, lastTerm: 0))
    }

    private static func append(_ index: LogIndex, bytes: Int = 10) -> Message {
        .appendEntries(
            AppendEntries(
                term: 1,
                previousIndex: index - 1,
                previousTerm: 1,
                leaderCommit: 0,
                entries: [Entry(term: 1, kind: .command, payload: [UInt8](repeating: 1, count: bytes))]
            )
        )
    }

    @Test("messages arrive over TLS in their order, small and large")
    func delivery() async throws {
        let identities = try identities()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await ListeningPeer(identities[1], group: MultiThreadedEventLoopGroup.singleton)
        let ports = NIOLockedValueBox([ServerID(2): listener.port])
        let sender = try await SendingPeer(identities[0], ports: ports, loop: loop)
        #expect(await listener.received.connection() == ServerID(1))
        let messages = (1...200).map { Self.append(LogIndex($0), bytes: $0 % 50 == 0 ? 300_000 : $0) }
        try await sender.send(messages, to: 2)
        #expect(await listener.received.messages(200) == messages)
        try await sender.close()
        try await listener.close(on: loop)
    }

    @Test("what was said while the peer was away arrives when it is back, the newest of each kind")
    func reconnection() async throws {
        let identities = try identities()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let ports = NIOLockedValueBox<[ServerID: Int]>([:])
        let sender = try await SendingPeer(identities[0], ports: ports, loop: loop)
        try await sender.send([Self.vote(1), Self.append(1), Self.vote(2)], to: 2)
        var listener = try await ListeningPeer(identities[1], group: MultiThreadedEventLoopGroup.singleton)
        ports.withLockedValue { $0[ServerID(2)] = listener.port }
        #expect(await listener.received.messages(2) == [Self.append(1), Self.vote(2)])
        try await listener.close(on: loop)
        listener = try await ListeningPeer(identities[1], group: MultiThreadedEventLoopGroup.singleton)
        ports.withLockedValue { $0[ServerID(2)] = listener.port }
        #expect(await listener.received.connection() == ServerID(1))
        try await sender.send([Self.vote(3)], to: 2)
        #expect(await listener.received.messages(1).last == Self.vote(3))
        try await sender.close()
        try await listener.close(on: loop)
    }

    @Test("a snapshot arrives whole while other messages pass between its parts, and its end is told")
    func snapshot() async throws {
        let identities = try identities()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await ListeningPeer(identities[1], group: MultiThreadedEventLoopGroup.singleton)
        let sender = try await SendingPeer(
            identities[0],
            ports: NIOLockedValueBox([ServerID(2): listener.port]),
            loop: loop
        )
        #expect(await listener.received.connection() == ServerID(1))
        let install = Message.installSnapshot(
            InstallSnapshot(
                term: 1,
                snapshot: Snapshot(
                    index: 5,
                    term: 1,
                    configuration: ClusterConfiguration(servers: [Server(id: ServerID(1), address: "a:1")]),
                    configurationIndex: 1,
                    data: (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                )
            )
        )
        try await sender.send([install, install, Self.vote(1)], to: 2)
        let messages = await listener.received.messages(2)
        let (first, last) = (messages.first == Self.vote(1), messages.last == install)
        #expect(first && last)
        var ends: [Bool] = []
        for await delivered in sender.snapshots {
            ends.append(delivered)
            if ends.count == 2 { break }
        }
        // The second was asked for while the first was under way.
        #expect(ends == [false, true])
        try await sender.close()
        try await listener.close(on: loop)
    }

    @Test("a snapshot for a peer that is away ends at once, undelivered")
    func undeliveredSnapshot() async throws {
        let identities = try identities()
        let sender = try await SendingPeer(
            identities[0],
            ports: NIOLockedValueBox([:]),
            loop: MultiThreadedEventLoopGroup.singleton.next()
        )
        let snapshot = Snapshot(
            index: 5,
            term: 1,
            configuration: ClusterConfiguration(servers: [Server(id: ServerID(1), address: "a:1")]),
            configurationIndex: 1,
            data: [1]
        )
        try await sender.send([.installSnapshot(InstallSnapshot(term: 1, snapshot: snapshot))], to: 2)
        #expect(await sender.snapshots.first { _ in true } == false)
        try await sender.close()
    }

    @Test("a request for votes in another's name ends the connection, and nothing of it is delivered")
    func foreignCandidate() async throws {
        let identities = try identities()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await ListeningPeer(identities[1], group: MultiThreadedEventLoopGroup.singleton)
        let sender = try await SendingPeer(
            identities[0],
            ports: NIOLockedValueBox([ServerID(2): listener.port]),
            loop: loop
        )
        #expect(await listener.received.connection() == ServerID(1))
        try await sender.send([Self.vote(4, candidate: 3)], to: 2)
        // It dials again, and what it says then is heard.
        #expect(await listener.received.connection() == ServerID(1))
        try await sender.send([Self.vote(5)], to: 2)
        #expect(await listener.received.messages(1) == [Self.vote(5)])
        try await sender.close()
        try await listener.close(on: loop)
    }

    @Test("a stopped listener closes its peers' connections and takes no more")
    func closing() async throws {
        let identities = try identities()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await ListeningPeer(identities[1], group: MultiThreadedEventLoopGroup.singleton)
        let sender = try await SendingPeer(
            identities[0],
            ports: NIOLockedValueBox([ServerID(2): listener.port]),
            loop: loop
        )
        #expect(await listener.received.connection() == ServerID(1))
        try await listener.acceptor.close(on: loop).get()
        try await sender.close()
        await listener.server.close(grace: .zero)
    }
}
