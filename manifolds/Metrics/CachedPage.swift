import AgentResources
import NIOConcurrencyHelpers
import Prometheus

/// The newest page, made anew at most ten times a second: whoever asks more often costs next to nothing.
final class CachedPage: MetricsPage {
    private let clock: any UptimeClock
    private let make: @Sendable () -> [UInt8]
    private let last = NIOLockedValueBox<(bytes: [UInt8], at: Uptime)?>(nil)

    init(clock: any UptimeClock, make: @escaping @Sendable () -> [UInt8]) {
        self.clock = clock
        self.make = make
    }

    var contentType: String { Exposition.contentType }

    var bytes: [UInt8] {
        let now = self.clock.now
        if let last = self.last.withLockedValue({ $0 }), now - last.at < Self.lifetime { return last.bytes }
        // Two at once make it twice, outside the lock.
        let bytes = self.make()
        self.last.withLockedValue { $0 = (bytes, now) }
        return bytes
    }

    static let lifetime = Duration.milliseconds(100)
}
