package import FoundationEssentials

/// The files of one controller's identity in a directory of its own, as bootstrap writes and the agent reads them.
package struct IdentityFiles: Sendable, Hashable {
    package var directory: String

    package init(directory: String) { self.directory = directory }

    package var description: String { "\(self.directory)/cluster.json" }
    package var authority: String { "\(self.directory)/ca.pem" }
    package var certificate: String { "\(self.directory)/controller.pem" }
    package var privateKey: String { "\(self.directory)/controller.key" }

    /// Writes a new identity; refuses to touch one that is already there.
    package func write(
        _ cluster: ClusterDescription,
        authority: String,
        controller: CertificateAndKey
    ) throws(IdentityError) {
        try cluster.validate()
        guard !FileManager.default.fileExists(atPath: self.description) else {
            throw IdentityError(
                .alreadyExists,
                "\(self.directory) holds a controller's identity already: choose another directory"
            )
        }
        do {
            try FileManager.default.createDirectory(
                atPath: self.directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw IdentityError(
                .unreadable,
                "cannot make \(self.directory): choose a directory you may write to",
                cause: error
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try writePrivate(controller.privateKey, to: self.privateKey)
            try writePrivate(controller.certificate, to: self.certificate)
            try writePrivate(authority, to: self.authority)
            try writePrivate(String(decoding: encoder.encode(cluster), as: UTF8.self) + "\n", to: self.description)
        } catch {
            throw IdentityError(
                .unreadable,
                "cannot write an identity to \(self.directory): choose a directory you may write to, with room left",
                cause: error
            )
        }
    }

    /// Reads and checks the identity: one authority, a valid certificate of this cluster and controller, its own key.
    package func load(now: Date = Date()) throws(IdentityError) -> ControllerIdentity {
        let cluster: ClusterDescription
        do {
            cluster = try JSONDecoder().decode(
                ClusterDescription.self,
                from: Data(self.read(self.description).utf8)
            )
        } catch let error as IdentityError {
            throw error
        } catch {
            throw IdentityError(
                .malformed,
                "\(self.description) is not a cluster description: restore it from a backup",
                cause: error
            )
        }
        try cluster.validate()
        return try ControllerIdentity(
            cluster: cluster,
            authority: self.read(self.authority),
            controller: CertificateAndKey(
                certificate: self.read(self.certificate),
                privateKey: self.read(self.privateKey)
            ),
            now: now
        )
    }

    private func read(_ path: String) throws(IdentityError) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw IdentityError(
                .missing,
                "\(path) is missing: make a cluster with 'holdfastd bootstrap', or restore the file"
            )
        }
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.largestFile else {
            throw IdentityError(.unreadable, "\(path) cannot be read: check its owner, permissions and size")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static let largestFile = 1 << 20
}

/// Writes a file only its owner can read, whole or not at all.
package func writePrivate(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
}
