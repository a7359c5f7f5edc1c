/// Why bytes are no configuration.
package enum ClusterConfigurationError: Error, Hashable, Sendable {
    case unreadable(MessageCodecError)
    case unknownVersion(UInt8)
    case noServers
    case tooManyServers(Int)
    case badServerID
    case badAddress(ServerID)
    case duplicate(ServerID)
}

extension ClusterConfiguration {
    /// More servers than any cluster has; a limit for bytes from outside.
    package static let maximumServers = 15
    package static let maximumAddressLength = 255
    private static let formatVersion: UInt8 = 1

    /// The payload of a configuration entry. The same servers in the same order give the same bytes everywhere.
    package func encoded() -> [UInt8] {
        var writer = MessageWriter()
        writer.write(byte: Self.formatVersion)
        self.write(to: &writer)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(ClusterConfigurationError) {
        var reader = MessageReader(bytes)
        do {
            let version = try reader.readByte()
            guard version == Self.formatVersion else { throw ClusterConfigurationError.unknownVersion(version) }
            self = try Self(reading: &reader)
            try reader.finish()
        } catch let error as ClusterConfigurationError {
            throw error
        } catch let error as MessageCodecError {
            throw .unreadable(error)
        } catch {
            throw .unreadable(.truncated)
        }
    }

    func write(to writer: inout MessageWriter) {
        writer.write(integer: UInt64(self.servers.count))
        for server in self.servers {
            writer.write(integer: server.id.rawValue)
            writer.write(bytes: Array(server.address.utf8))
        }
    }

    init(reading reader: inout MessageReader) throws {
        let count = try reader.readCount(maximum: Self.maximumServers)
        self.init(servers: [])
        for _ in 0..<count {
            let id = ServerID(try reader.readInteger())
            let address = try reader.readBytes(maximum: Self.maximumAddressLength)
            guard let text = String(validating: address, as: UTF8.self) else {
                throw ClusterConfigurationError.badAddress(id)
            }
            self.servers.append(Server(id: id, address: text))
        }
        try self.validate()
    }

    /// Checks that consensus can work with these servers.
    package func validate() throws(ClusterConfigurationError) {
        guard !self.servers.isEmpty else { throw .noServers }
        guard self.servers.count <= Self.maximumServers else { throw .tooManyServers(self.servers.count) }
        var ids: Set<ServerID> = []
        var addresses: Set<String> = []
        for server in self.servers {
            guard server.id.rawValue != 0 else { throw .badServerID }
            guard (1...Self.maximumAddressLength).contains(server.address.utf8.count),
                !server.address.utf8.contains(0)
            else { throw .badAddress(server.id) }
            guard ids.insert(server.id).inserted, addresses.insert(server.address).inserted else {
                throw .duplicate(server.id)
            }
        }
    }
}
