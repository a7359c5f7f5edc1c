import Consensus
import NIOCore

/// A snapshot arriving from a peer, put together again.
struct SnapshotAssembly {
    private var install: InstallSnapshot
    private let expected: Int

    /// Reads the announcement; refuses a snapshot of more than `limit` bytes.
    init(start payload: ByteBuffer, limit: Int) throws(SnapshotAssemblyError) {
        var payload = payload
        guard let expected = payload.readInteger(as: UInt64.self) else { throw .malformed }
        guard expected <= UInt64(limit) else { throw .tooLarge(bytes: expected, limit: limit) }
        let message: Message
        do {
            message = try Message(decoding: Array(payload.readableBytesView))
        } catch {
            throw .malformed
        }
        guard case .installSnapshot(let install) = message, install.snapshot.data.isEmpty else { throw .malformed }
        self.install = install
        self.expected = Int(expected)
        self.install.snapshot.data.reserveCapacity(Int(expected))
    }

    /// Takes a part in.
    mutating func append(_ part: ByteBuffer) throws(SnapshotAssemblyError) {
        guard part.readableBytes > 0, self.install.snapshot.data.count + part.readableBytes <= self.expected else {
            throw .malformed
        }
        self.install.snapshot.data.append(contentsOf: part.readableBytesView)
    }

    /// The message, once every part is here.
    var message: Message? {
        self.install.snapshot.data.count == self.expected ? .installSnapshot(self.install) : nil
    }
}

/// Why a peer's parts make no snapshot.
enum SnapshotAssemblyError: Error, Hashable, CustomStringConvertible {
    case malformed
    case tooLarge(bytes: UInt64, limit: Int)

    var description: String {
        switch self {
        case .malformed: "parts that make no snapshot"
        case .tooLarge(let bytes, let limit): "a snapshot of \(bytes) bytes, and at most \(limit) are taken"
        }
    }
}
