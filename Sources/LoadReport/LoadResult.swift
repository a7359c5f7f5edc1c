/// What one run of `leaseclaimer` came to: the document it writes, and what pages are made of.
///
/// Its keys are stable: new ones are added, none is renamed. Durations end in `-ms` or `-s`, sizes in `-bytes`.
package struct LoadResult: Codable, Sendable, Hashable {
    /// What kind of load it was.
    package enum Mode: String, Codable, Sendable {
        /// Contenders that each wait for their answer before they go on.
        case closed
        /// Operations that begin when they are due, whatever became of those before.
        case open
        /// Juju's units on Juju's facade; closed as well.
        case juju
    }

    /// Grows when the meaning of a key changes.
    package var version = 1
    /// What the run is called in tables and legends.
    package var label = ""
    package var mode = Mode.closed
    /// The flags that made the run, as text.
    package var settings: [String: String] = [:]
    package var leases = 0
    /// In all, not for each lease.
    package var contenders = 0
    package var controllers = 0
    /// Open at the end.
    package var connections = 0
    package var elapsedMilliseconds: Int64 = 0
    package var verdict = Verdict()

    /// Contenders that believed at the end to hold a lease.
    package var held = 0
    /// Holders that were none any more although they wanted to be.
    package var lost = 0
    /// Extensions not granted, with all attempts, before their holder's safe instant.
    package var failedExtends = 0
    /// Spans in which two believed to hold one lease.
    package var heldByTwo = 0
    package var tokensOutOfOrder = 0
    /// Of any lease.
    package var longestGapMilliseconds: Int64 = 0
    /// Since the start.
    package var longestGapEndedMilliseconds: Int64 = 0
    package var claimsGranted = 0
    package var claimsDenied = 0
    package var extendsGranted = 0
    package var extendsRetried = 0
    /// Failed attempts by `operation: reason`.
    package var failures: [String: Int] = [:]
    package var latencies: [Latency] = []

    /// Operations by class: `claim`, `extend`, `critical`; and `wait`, `revoke` where they occur.
    package var classes: [String: ClassCounts] = [:]
    package var seconds: [Second] = []
    package var processes: [ProcessTotals] = []
    /// What the load itself cost.
    package var cost = Cost()

    package init() {}

    package enum CodingKeys: String, CodingKey {
        case version, label, mode, settings, leases, contenders, controllers, connections, verdict, held, lost
        case failures, latencies, classes, seconds, processes, cost
        case elapsedMilliseconds = "elapsed-ms"
        case failedExtends = "failed-extends"
        case heldByTwo = "held-by-two"
        case tokensOutOfOrder = "tokens-out-of-order"
        case longestGapMilliseconds = "longest-gap-ms"
        case longestGapEndedMilliseconds = "longest-gap-ended-ms"
        case claimsGranted = "claims-granted"
        case claimsDenied = "claims-denied"
        case extendsGranted = "extends-granted"
        case extendsRetried = "extends-retried"
    }
}
