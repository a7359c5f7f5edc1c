import Dispatch
import Glibc

/// Passes SIGINT, SIGTERM and SIGHUP on to a child for as long as it lives, so that it can end in its own way.
final class SignalForwarding: Sendable {
    // A dispatch source may be resumed and cancelled from any thread; the protocol only does not say so.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init(to process: BoundProcess) {
        self.sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { process.send(number) }
            source.resume()
            return source
        }
    }

    func stop() { for source in self.sources { source.cancel() } }
}
