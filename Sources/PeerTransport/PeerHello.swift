package import Consensus
package import NIOCore

/// The dialler's first frame: who it is and what it speaks.
package struct PeerHello: Hashable, Sendable {
    /// What this build speaks; another version is refused by both sides.
    package static let currentVersion: UInt16 = 1

    package var version: UInt16
    package var clusterID: String
    package var sender: Server
    /// Whom the dialler means to reach: an address that leads elsewhere is found out.
    package var receiver: ServerID

    package init(
        clusterID: String,
        sender: Server,
        receiver: ServerID,
        version: UInt16 = Self.currentVersion
    ) {
        self.version = version
        self.clusterID = clusterID
        self.sender = sender
        self.receiver = receiver
    }

    package init(decoding payload: ByteBuffer) throws(PeerHelloError) {
        var payload = payload
        guard let version = payload.readInteger(as: UInt16.self) else { throw .malformed }
        // The rest of another version's hello may look different.
        guard version == Self.currentVersion else { throw .version(version) }
        guard let sender = payload.readInteger(as: UInt64.self), let receiver = payload.readInteger(as: UInt64.self),
            let clusterID = payload.readText(limit: Self.longestText),
            let address = payload.readText(limit: Self.longestText), payload.readableBytes == 0
        else { throw .malformed }
        self.init(
            clusterID: clusterID,
            sender: Server(id: ServerID(sender), address: address),
            receiver: ServerID(receiver),
            version: version
        )
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(self.version)
        buffer.writeInteger(self.sender.id.rawValue)
        buffer.writeInteger(self.receiver.rawValue)
        buffer.writeText(self.clusterID, limit: Self.longestText)
        buffer.writeText(self.sender.address, limit: Self.longestText)
    }

    private static let longestText = 512
}

/// Why a first frame is no hello.
package enum PeerHelloError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed
    case version(UInt16)

    package var description: String {
        switch self {
        case .malformed: "its first frame is not a hello"
        case .version(let version):
            "it speaks version \(version) of the peer protocol and this controller version \(PeerHello.currentVersion): "
                + "upgrade the older of the two"
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func readText(limit: Int) -> String? {
        guard let length = self.readInteger(as: UInt16.self), Int(length) <= limit else { return nil }
        return try? self.readUTF8ValidatedString(length: Int(length))
    }

    fileprivate mutating func writeText(_ text: String, limit: Int) {
        let bytes = text.utf8.prefix(limit)
        self.writeInteger(UInt16(bytes.count))
        self.writeBytes(bytes)
    }
}
