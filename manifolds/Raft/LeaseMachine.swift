import Consensus
import Leases

/// The leases as Raft replicates them.
struct LeaseMachine: ReplicatedStateMachine {
    /// What one entry did.
    struct Output: Sendable {
        /// One an operation, in order; `nil` when no version can read the entry, which so changed nothing anywhere.
        var results: [OperationResult]?
        var events: [LeaseEvent]
    }

    private(set) var state = LeaseState()

    mutating func apply(_ payload: [UInt8]) throws(UnknownFormat) -> Output {
        do {
            let (results, events) = self.state.apply(try LeaseBatch(decoding: payload))
            return Output(results: results, events: events)
        } catch {
            try Self.checkVersion(error)
            return Output(results: nil, events: [])
        }
    }

    func encodedSnapshot() -> [UInt8] { self.state.encodedSnapshot() }

    mutating func restore(_ data: [UInt8]) throws {
        do {
            self.state = try LeaseState(decoding: data)
        } catch {
            try Self.checkVersion(error)
            throw error
        }
    }

    /// Throws when it was another version that wrote what cannot be read here.
    private static func checkVersion(_ error: LeaseCodecError) throws(UnknownFormat) {
        switch error.code {
        case .unknownVersion, .unknownTag: throw UnknownFormat("\(error)")
        case .notRecognised, .truncated, .trailingBytes, .tooLarge, .invalidText, .inconsistent, .damaged: break
        }
    }
}
