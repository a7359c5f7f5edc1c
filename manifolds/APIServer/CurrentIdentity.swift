import ClusterIdentity
import DependencyEngine
import Logging
import NIOConcurrencyHelpers

/// The identity new connections are served with: the newest there was, also while there is none. Thread-safe.
///
/// A connection keeps the one it began with, so certificates, accounts and peers can be renewed without dropping a
/// client; and as the last one is kept, the identity's provider may fail and come back without anybody noticing.
final class CurrentIdentity: Sendable {
    private let source: Deferred<ControllerIdentity>
    private let newest: NIOLockedValueBox<ControllerIdentity>

    /// Begins with `first` and takes later ones from `source` while `follow` runs.
    init(_ first: ControllerIdentity, from source: Deferred<ControllerIdentity>) {
        self.source = source
        self.newest = NIOLockedValueBox(first)
    }

    /// Begins with the first identity `source` offers within `patience`.
    ///
    /// - Throws: `IdentityAbsent` when there is none by then, `CancellationError` when it is not wanted any more.
    convenience init(from source: Deferred<ControllerIdentity>, patience: Duration) async throws {
        do {
            self.init(try await source.value(timeout: patience), from: source)
        } catch let error as InputError {
            throw IdentityAbsent(patience: patience, cause: error)
        }
    }

    /// What a connection that begins now is served with.
    var value: ControllerIdentity { self.newest.withLockedValue { $0 } }

    /// Takes every new identity until the task is cancelled; one that goes away changes nothing.
    func follow(_ logger: Logger) async {
        for await case let identity? in self.source.changes() {
            // The one from the start is told again first.
            guard identity.serverTLS !== self.value.serverTLS else { continue }
            self.newest.withLockedValue { $0 = identity }
            logger.info("new connections are served with the identity that was just loaded")
        }
    }
}

/// Without an identity the API server has no certificate to show, and does not start.
struct IdentityAbsent: Error, CustomStringConvertible {
    var patience: Duration
    /// What the wait for it ended with.
    var cause: InputError

    var description: String {
        "the API server has no certificate to show: there was no identity within \(self.patience); ask "
            + "'holdfast engine why identity'"
    }
}
