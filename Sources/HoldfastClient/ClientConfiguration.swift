import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a client must know of a cluster: the content of the file `HOLDFAST_CONFIG` names.
public struct ClientConfiguration: Codable, Sendable, Hashable {
    /// `host:port` of each controller; any one of them will do.
    public var controllers: [String]
    /// The certificate of the cluster's own CA, as PEM.
    public var caCertificate: String
    /// A tag, such as `user-admin`.
    public var account: String
    /// The account's secret.
    public var token: String
    /// The UUID of the model whose leases are meant unless a call says otherwise; empty for the controllers' own.
    public var model: String

    enum CodingKeys: String, CodingKey {
        case controllers
        case caCertificate = "ca-certificate"
        case account, token, model
    }

    /// A configuration from its parts; `validate` checks them.
    public init(controllers: [String], caCertificate: String, account: String, token: String, model: String) {
        self.controllers = controllers
        self.caCertificate = caCertificate
        self.account = account
        self.token = token
        self.model = model
    }

    /// Reads and checks the file at `path`, which nobody but its owner may read.
    ///
    /// - Throws: `LeaseClientError` with code `configuration`, whose message names the remedy.
    public static func load(path: String) throws(LeaseClientError) -> ClientConfiguration {
        let configuration: ClientConfiguration
        do {
            configuration = try JSONDecoder().decode(ClientConfiguration.self, from: try Self.read(path))
        } catch let error as LeaseClientError {
            throw error
        } catch let error as DecodingError {
            throw LeaseClientError(.configuration, "\(path) is no configuration: \(Self.sentence(error))", cause: error)
        } catch {
            throw LeaseClientError(.configuration, "\(path) cannot be read: \(error)", cause: error)
        }
        do {
            try configuration.validate()
        } catch {
            throw LeaseClientError(.configuration, "\(path): \(error.message)", cause: error)
        }
        return configuration
    }

    /// Reads the file the environment variable `HOLDFAST_CONFIG` names.
    public static func loadFromEnvironment() throws(LeaseClientError) -> ClientConfiguration {
        guard let path = ProcessInfo.processInfo.environment["HOLDFAST_CONFIG"], !path.isEmpty else {
            throw LeaseClientError(
                .configuration,
                "HOLDFAST_CONFIG is not set: let it name the cluster's client configuration file"
            )
        }
        return try Self.load(path: path)
    }

    /// Checks that every part is there and makes sense.
    public func validate() throws(LeaseClientError) {
        guard !self.controllers.isEmpty else {
            throw LeaseClientError(.configuration, "\"controllers\" is empty: name at least one as host:port")
        }
        for address in self.controllers where ControllerAddress(address) == nil {
            throw LeaseClientError(.configuration, "\"\(address)\" in \"controllers\" is not host:port")
        }
        guard self.caCertificate.contains("-----BEGIN CERTIFICATE-----") else {
            throw LeaseClientError(.configuration, "\"ca-certificate\" is no PEM certificate")
        }
        guard self.account.contains("-") else {
            throw LeaseClientError(.configuration, "\"account\" must be a tag such as user-admin")
        }
        guard !self.token.isEmpty else { throw LeaseClientError(.configuration, "\"token\" is empty") }
    }

    private static func read(_ path: String) throws -> Data {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw LeaseClientError(.configuration, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 1 << 20 else {
            throw LeaseClientError(.configuration, "\(path) is no file of reasonable size")
        }
        // It holds a secret: what others could read may be known, what they could write may not be ours.
        guard status.st_mode & 0o077 == 0 else {
            throw LeaseClientError(
                .configuration,
                "\(path) may be read by others than its owner: run chmod 600 \(path)"
            )
        }
        // One byte more than there should be tells whether the file grew meanwhile; then it is not JSON any more.
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes { rest in
                #if canImport(Darwin)
                    Darwin.read(descriptor, rest.baseAddress.map { $0 + count }, rest.count - count)
                #elseif canImport(Musl)
                    Musl.read(descriptor, rest.baseAddress.map { $0 + count }, rest.count - count)
                #else
                    Glibc.read(descriptor, rest.baseAddress.map { $0 + count }, rest.count - count)
                #endif
            }
            guard more > 0 else { break }
            count += more
        }
        return Data(bytes.prefix(count))
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
        default: "it is not JSON"
        }
    }
}

extension ClientConfiguration: CustomStringConvertible {
    /// Everything but the secret.
    public var description: String {
        "\(self.account) at \(self.controllers.joined(separator: ", ")), model \(self.model)"
    }
}
