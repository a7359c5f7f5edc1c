import ClusterIdentity
import DependencyEngine
import Logging
import NIOConcurrencyHelpers

/// The identity new connections are served with: the newest there was, also while there is none. Thread-safe.
///
/// A connection keeps the one it began with, so certificates, accounts and peers can be renewed without dropping a
/// client; and as the last one is kept, the identity's provider may fail and come back without anybody noticing.
final class CurrentIdentity: Sendable {
    private let source: Live<ControllerIdentity>
    private let newest: NIOLockedValueBox<ControllerIdentity>

    /// Begins with `first` and takes later ones from `source` while `follow` runs.
    init(_ first: ControllerIdentity, from source: Live<ControllerIdentity>) {
        self.source = source
        self.newest = NIOLockedValueBox(first)
    }

    /// Begins with the identity there is; without one there is no certificate to show, and the start waits for it.
    convenience init(from source: Live<ControllerIdentity>) throws(Verdict) {
        guard let first = try? source.current?.value else { throw .missing("identity") }
        self.init(first, from: source)
    }

    /// What a connection that begins now is served with.
    var value: ControllerIdentity { self.newest.withLockedValue { $0 } }

    /// Takes every new identity until the task is cancelled; one that goes away changes nothing.
    func follow(_ logger: Logger) async {
        for await case let stamped? in self.source.changes() {
            // The one from the start is told again first.
            guard let identity = try? stamped.value, identity.serverTLS !== self.value.serverTLS else { continue }
            self.newest.withLockedValue { $0 = identity }
            logger.info("new connections are served with the identity that was just loaded")
        }
    }
}
