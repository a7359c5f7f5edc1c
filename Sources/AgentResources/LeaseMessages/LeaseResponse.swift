package import Hub
import Leases

extension Topic where Payload == LeaseResponse {
    /// Where `controller` reads the answers to its requests: one topic a controller, however many requests.
    package static func leaseCallback(of controller: UInt64) -> Self { .init("lease.request.callback.\(controller)") }
}

/// The leader's answers to a `LeaseRequest`; a request may be answered in several parts.
package struct LeaseResponse: HubPayload, Hashable {
    /// The outcome of one of the request's operations; its slot is the operation's place in the request, from 0.
    package typealias Answer = SlotAnswer

    /// The request's id.
    package var id: UInt64
    /// Empty when the request was repeated to a leader that does not know it: it came from nowhere, or was answered too
    /// long ago, or was another's.
    package var answers: [Answer]
    /// What the leader's queue could take when it answered.
    package var load: OperationLoad

    package init(id: UInt64, answers: [Answer], load: OperationLoad = OperationLoad()) {
        self.id = id
        self.answers = answers
        self.load = load
    }

    package var approximateBytes: Int { 64 + 160 * self.answers.count }
}

// MARK: As bytes

extension LeaseResponse {
    private static let version: UInt8 = 3

    private enum Tag {
        static let appliedBarrier: UInt8 = 1
        static let applied: UInt8 = 2
        static let never: UInt8 = 3
        static let unknown: UInt8 = 4
        /// Applied by the entry that the last one was applied by: those of one entry go together.
        static let appliedBeside: UInt8 = 5
    }

    /// First what became of the operations; then the results of those that were applied, one after the other.
    package func hubBytes() -> [UInt8] {
        var writer = MessageWriter()
        writer.reserve(32 + 48 * self.answers.count)
        writer.integer(Self.version)
        writer.integer(self.id)
        writer.integer(UInt8(self.load.claimRetryAfterMilliseconds == nil ? 0 : 1))
        writer.integer(self.load.claimRetryAfterMilliseconds ?? 0)
        writer.integer(self.load.extendLevel)
        writer.integer(self.load.stretchPercent)
        writer.integer(UInt16(self.answers.count))
        var last: UInt64?
        for answer in self.answers {
            writer.integer(UInt16(answer.slot))
            switch answer.outcome {
            case .applied(nil, let index):
                writer.integer(Tag.appliedBarrier)
                writer.integer(index)
            case .applied(.some, let index):
                writer.integer(index == last ? Tag.appliedBeside : Tag.applied)
                if index != last { writer.integer(index) }
                last = index
            case .never(let refusal):
                writer.integer(Tag.never)
                writer.refusal(refusal)
            case .unknown(let refusal):
                writer.integer(Tag.unknown)
                writer.refusal(refusal)
            }
        }
        writer.append { bytes in
            for answer in self.answers {
                if case .applied(let result?, _) = answer.outcome { result.encoded(into: &bytes) }
            }
        }
        return writer.bytes
    }

    package init(hubBytes: [UInt8]) throws {
        var reader = MessageReader(hubBytes)
        guard try reader.integer(UInt8.self) == Self.version else { throw LeaseMessageError(.unknownVersion) }
        self.id = try reader.integer()
        let refusesClaims = try reader.integer(UInt8.self) == 1
        let claimRetryAfter: UInt32 = try reader.integer()
        self.load = OperationLoad(
            claimRetryAfterMilliseconds: refusesClaims ? claimRetryAfter : nil,
            extendLevel: try reader.integer(),
            stretchPercent: try reader.integer()
        )
        let count = Int(try reader.integer(UInt16.self))
        guard count <= LeaseRequest.itemLimit else { throw LeaseMessageError(.tooMany) }
        self.answers = []
        self.answers.reserveCapacity(count)
        var applied: [(place: Int, index: UInt64)] = []
        applied.reserveCapacity(count)
        for place in 0..<count {
            let slot = Int(try reader.integer(UInt16.self))
            var outcome = SubmissionOutcome.applied(nil, index: 0)
            switch try reader.integer(UInt8.self) {
            case Tag.appliedBarrier: outcome = .applied(nil, index: try reader.integer())
            case Tag.applied: applied.append((place, try reader.integer()))
            case Tag.appliedBeside:
                guard let last = applied.last else { throw LeaseMessageError(.unknownTag) }
                applied.append((place, last.index))
            case Tag.never: outcome = .never(try reader.refusal())
            case Tag.unknown: outcome = .unknown(try reader.refusal())
            default: throw LeaseMessageError(.unknownTag)
            }
            self.answers.append(Answer(slot: slot, outcome: outcome))
        }
        let results = try [OperationResult](decoding: hubBytes, from: reader.offset, count: applied.count)
        for (one, result) in zip(applied, results) {
            self.answers[one.place].outcome = .applied(result, index: one.index)
        }
    }
}

extension MessageWriter {
    fileprivate mutating func refusal(_ refusal: Refusal) {
        self.text(refusal.reason.rawValue)
        self.integer(UInt8(refusal.retryAfterMilliseconds == nil ? 0 : 1))
        self.integer(refusal.retryAfterMilliseconds ?? 0)
        // No controller has id 0.
        self.integer(refusal.leader?.id ?? 0)
        self.text(refusal.leader?.address ?? "")
    }
}

extension MessageReader {
    fileprivate mutating func refusal() throws(LeaseMessageError) -> Refusal {
        guard let reason = Refusal.Reason(rawValue: try self.text()) else { throw LeaseMessageError(.unknownTag) }
        let hasRetryAfter = try self.integer(UInt8.self) == 1
        let retryAfter: UInt64 = try self.integer()
        let leader: UInt64 = try self.integer()
        let address = try self.text()
        return Refusal(
            reason,
            retryAfterMilliseconds: hasRetryAfter ? retryAfter : nil,
            leader: leader == 0 ? nil : Leader(id: leader, address: address)
        )
    }
}
