import DependencyEngine
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again whenever the process gets a hangup signal.
struct ConfigurationFile: Service {
    let path: String
    let watched: Watched<Configuration>
    private let setter: Watched<Configuration>.Setter

    /// Reads it once now: without a configuration that can be read there is nothing to run.
    init(path: String) throws {
        self.path = path
        (self.watched, self.setter) = Watched.make(try Configuration(readFrom: path))
    }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { self.readAgain() }
    }

    /// A file that cannot be read changes nothing: what runs goes on with what it has.
    func readAgain() {
        do {
            self.setter.set(try Configuration(readFrom: self.path))
            Logger.current.info("\(self.path) was read again")
        } catch {
            Logger.current.error("\(self.path) was not taken: \(error)")
        }
    }
}

extension Manifold {
    /// Provides the configuration; runs on while it changes.
    static func configuration(from file: ConfigurationFile) -> Manifold {
        .service(.configuration) {
            file
        } provides: {
            $0.watched
        }
    }
}
