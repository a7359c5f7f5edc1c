import Consensus
import Framing
import NIOCore
import NIOEmbedded
import Testing

@testable import PeerTransport

@Suite struct SnapshotPartsTests {
    private static func install(bytes: Int) -> InstallSnapshot {
        InstallSnapshot(
            term: 3,
            snapshot: Snapshot(
                index: 9,
                term: 2,
                configuration: ClusterConfiguration(servers: [Server(id: ServerID(1), address: "a:1")]),
                configurationIndex: 1,
                data: (0..<bytes).map { UInt8(truncatingIfNeeded: $0) }
            )
        )
    }

    private static func payload(_ frame: ByteBuffer) throws -> ByteBuffer {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(FrameDecoder<PeerFrame>(limit: 1 << 20)))
        defer { _ = try? channel.finish() }
        try channel.writeInbound(frame)
        return try #require(try channel.readInbound(as: PeerFrame.self)).payload
    }

    @Test("a snapshot sent in parts arrives whole, empty ones too", arguments: [0, 1, 999, 1000, 1001, 54_321])
    func roundTrip(bytes: Int) throws {
        let install = Self.install(bytes: bytes)
        var transfer = SnapshotTransfer(data: install.snapshot.data, partBytes: 1000)
        let start = try Self.payload(try SnapshotTransfer.start(install))
        var assembly = try SnapshotAssembly(start: start, limit: 100_000)
        while let part = transfer.nextPart(limit: 1) {
            #expect(assembly.message == nil)
            #expect(transfer.nextPart(limit: 1) == nil)
            try assembly.append(try Self.payload(part))
            transfer.partLeft()
        }
        #expect(transfer.isDone)
        #expect(assembly.message == .installSnapshot(install))
    }

    @Test("a snapshot over the limit is refused at its announcement, parts beyond it at the first byte")
    func limits() throws {
        let start = try Self.payload(try SnapshotTransfer.start(Self.install(bytes: 11)))
        #expect(throws: SnapshotAssemblyError.tooLarge(bytes: 11, limit: 10)) {
            try SnapshotAssembly(start: start, limit: 10)
        }
        var assembly = try SnapshotAssembly(start: start, limit: 11)
        #expect(throws: SnapshotAssemblyError.malformed) {
            try assembly.append(ByteBuffer(repeating: 0, count: 12))
        }
        #expect(throws: SnapshotAssemblyError.malformed) { try assembly.append(ByteBuffer()) }
        #expect(throws: SnapshotAssemblyError.malformed) {
            try SnapshotAssembly(start: ByteBuffer(bytes: [0, 0, 0, 0, 0, 0, 0, 1, 99]), limit: 10)
        }
    }
}
