package import Hub
package import Leases

extension Topic where Payload == LeaseRequest {
    /// Where controllers ask the leader to carry out operations.
    package static var leaseRequest: Self { .init("lease.request") }
}

/// Operations of one controller on their way to the leader by publish and subscribe.
package struct LeaseRequest: HubPayload, Hashable {
    /// What is asked of the leader.
    package enum Body: Sendable, Hashable {
        case operations([LeaseOperation])
        case barrier
    }

    /// Operations one request may carry, so that the largest still fits a frame between controllers.
    package static let operationLimit = 256

    /// Never used for two requests of one controller.
    package var id: UInt64
    /// Asks once more for the answer of a request that was sent before, and is never carried out itself.
    ///
    /// So a request is submitted at most once, and its answer is the whole truth about it. A leader that does not know
    /// the request any more says so.
    package var isRepeat: Bool
    /// Time left for sealing when it was sent: an instant would need clocks that agree.
    package var remainingMilliseconds: UInt32
    package var body: Body

    package init(id: UInt64, isRepeat: Bool = false, remainingMilliseconds: UInt32, body: Body) {
        self.id = id
        self.isRepeat = isRepeat
        self.remainingMilliseconds = remainingMilliseconds
        self.body = body
    }

    /// How many answers the request gets.
    package var count: Int {
        switch self.body {
        case .operations(let operations): operations.count
        case .barrier: 1
        }
    }

    package var approximateBytes: Int {
        switch self.body {
        case .operations(let operations): operations.reduce(64) { $0 + $1.approximateBytes }
        case .barrier: 64
        }
    }
}

// MARK: As bytes

extension LeaseRequest {
    private static let version: UInt8 = 1

    private enum Tag {
        static let operations: UInt8 = 1
        static let barrier: UInt8 = 2
    }

    package func hubBytes() -> [UInt8] {
        var writer = MessageWriter()
        writer.integer(Self.version)
        writer.integer(self.id)
        writer.integer(UInt8(self.isRepeat ? 1 : 0))
        writer.integer(self.remainingMilliseconds)
        switch self.body {
        case .barrier:
            writer.integer(Tag.barrier)
        case .operations(let operations):
            writer.integer(Tag.operations)
            writer.integer(UInt16(operations.count))
            for operation in operations { writer.piece(operation.encoded()) }
        }
        return writer.bytes
    }

    package init(hubBytes: [UInt8]) throws {
        var reader = MessageReader(hubBytes)
        guard try reader.integer(UInt8.self) == Self.version else { throw LeaseMessageError(.unknownVersion) }
        self.id = try reader.integer()
        switch try reader.integer(UInt8.self) {
        case 0: self.isRepeat = false
        case 1: self.isRepeat = true
        default: throw LeaseMessageError(.unknownTag)
        }
        self.remainingMilliseconds = try reader.integer()
        switch try reader.integer(UInt8.self) {
        case Tag.barrier:
            self.body = .barrier
        case Tag.operations:
            let count = Int(try reader.integer(UInt16.self))
            guard count <= Self.operationLimit else { throw LeaseMessageError(.tooMany) }
            var operations: [LeaseOperation] = []
            for _ in 0..<count { operations.append(try LeaseOperation(decoding: try reader.piece())) }
            self.body = .operations(operations)
        default:
            throw LeaseMessageError(.unknownTag)
        }
        try reader.end()
    }
}
