import Consensus
import Leases

/// The leases as Raft replicates them.
struct LeaseMachine: ReplicatedStateMachine {
    /// What one entry did.
    struct Output: Sendable {
        /// One an operation, in order, and none where nobody waits for them; `nil` when no version can read the entry, which so changed nothing anywhere.
        var results: [OperationResult]?
        var events: [LeaseEvent]
        /// The replicated time before and after.
        var from: GlobalTime
        var to: GlobalTime
    }

    let replica: LeaseReplica

    /// To be encoded while the original goes on.
    var frozen: FrozenState { self.replica.read { $0.frozen } }

    func apply(_ payload: [UInt8], isAnswered: Bool) throws(UnknownFormat) -> Output {
        let from = self.replica.globalTime
        do {
            let (results, events) = try self.replica.apply(payload, answering: isAnswered)
            return Output(results: results, events: events, from: from, to: self.replica.globalTime)
        } catch {
            try Self.checkVersion(error)
            return Output(results: nil, events: [], from: from, to: from)
        }
    }

    func restored(from data: [UInt8]) throws -> LeaseState {
        do {
            return try LeaseState(decoding: data)
        } catch {
            try Self.checkVersion(error)
            throw error
        }
    }

    func restore(_ state: LeaseState) { self.replica.replace(with: state) }

    /// Throws when it was another version that wrote what cannot be read here.
    private static func checkVersion(_ error: LeaseCodecError) throws(UnknownFormat) {
        switch error.code {
        case .unknownVersion, .unknownTag: throw UnknownFormat("\(error)")
        case .notRecognised, .truncated, .trailingBytes, .tooLarge, .invalidText, .inconsistent, .damaged: break
        }
    }
}
