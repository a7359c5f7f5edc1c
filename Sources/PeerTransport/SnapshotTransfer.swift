import Consensus
import NIOCore

/// A snapshot on its way to a peer, part by part, so that heartbeats get between.
struct SnapshotTransfer {
    private let data: [UInt8]
    private let partBytes: Int
    private var offset = 0
    /// Parts written and not yet at the socket.
    private(set) var inFlight = 0

    /// Nothing is left to be written or to leave.
    var isDone: Bool { self.offset == self.data.count && self.inFlight == 0 }

    init(data: [UInt8], partBytes: Int) {
        self.data = data
        self.partBytes = partBytes
    }

    /// The frame that announces the snapshot.
    static func start(_ install: InstallSnapshot) throws(MessageCodecError) -> ByteBuffer {
        var announcement = install
        announcement.snapshot.data = []
        let message = try Message.installSnapshot(announcement).encoded()
        var frame = ByteBuffer()
        frame.writeFrame(.snapshotStart) { payload in
            payload.writeInteger(UInt64(install.snapshot.data.count))
            payload.writeBytes(message)
        }
        return frame
    }

    /// The next part's frame, unless all have been written or `limit` are in flight.
    mutating func nextPart(limit: Int) -> ByteBuffer? {
        guard self.offset < self.data.count, self.inFlight < limit else { return nil }
        let end = min(self.offset + self.partBytes, self.data.count)
        var frame = ByteBuffer()
        frame.reserveCapacity(end - self.offset + 16)
        frame.writeFrame(.snapshotPart) { $0.writeBytes(self.data[self.offset..<end]) }
        self.offset = end
        self.inFlight += 1
        return frame
    }

    mutating func partLeft() { self.inFlight -= 1 }
}
