package import Hub
package import Leases

extension Topic where Payload == LeaseRequest {
    /// Where controllers ask the leader to carry out operations.
    package static var leaseRequest: Self { .init("lease.request") }
}

/// Operations and reads of one controller on their way to the leader, by whichever transport.
package struct LeaseRequest: HubPayload, Hashable {
    /// One thing asked of the leader.
    package struct Item: Sendable, Hashable {
        /// `nil` for a linearizable read's barrier.
        package var operation: LeaseOperation?
        /// Time left for sealing when it was sent: an instant would need clocks that agree.
        package var remainingMilliseconds: UInt32

        package init(_ operation: LeaseOperation?, remainingMilliseconds: UInt32) {
            self.operation = operation
            self.remainingMilliseconds = remainingMilliseconds
        }

        /// What a submission asks for, with what is left of its time.
        package init(_ request: Submission.Request, deadline: Uptime, now: Uptime) {
            let remaining = UInt32(clamping: (deadline - now).wholeMilliseconds)
            switch request {
            case .apply(let operation): self.init(operation, remainingMilliseconds: remaining)
            case .barrier: self.init(nil, remainingMilliseconds: remaining)
            }
        }

        /// The same as something to submit.
        package var request: Submission.Request { self.operation.map { .apply($0) } ?? .barrier }
    }

    /// Items one request may carry; a transport whose messages must be small takes fewer.
    package static let itemLimit = 1_024

    /// Never used for two requests of one controller.
    package var id: UInt64
    /// Asks once more for the answer of a request that was sent before, and is never carried out itself.
    ///
    /// So a request is submitted at most once, and its answer is the whole truth about it. A leader that does not know
    /// the request any more says so.
    package var isRepeat: Bool
    package var items: [Item]

    package init(id: UInt64, isRepeat: Bool = false, items: [Item]) {
        self.id = id
        self.isRepeat = isRepeat
        self.items = items
    }

    package var approximateBytes: Int {
        self.items.reduce(64) { $0 + ($1.operation?.approximateBytes ?? 16) }
    }
}

// MARK: As bytes

extension LeaseRequest {
    private static let version: UInt8 = 3

    private enum Tag {
        static let operation: UInt8 = 1
        static let barrier: UInt8 = 2
    }

    /// First what the items are and how much time they have left, many at once as in one call they are alike; then the
    /// operations as in a batch.
    package func hubBytes() -> [UInt8] {
        var writer = MessageWriter()
        writer.reserve(64 + 64 * self.items.count)
        writer.integer(Self.version)
        writer.integer(self.id)
        writer.integer(UInt8(self.isRepeat ? 1 : 0))
        writer.integer(UInt16(self.items.count))
        var place = 0
        while place < self.items.count {
            let first = self.items[place]
            let run = self.items[place...].prefix { $0.isOperation == first.isOperation && $0.hasTime(of: first) }.count
            writer.integer(first.isOperation ? Tag.operation : Tag.barrier)
            writer.integer(first.remainingMilliseconds)
            writer.integer(UInt16(run))
            place += run
        }
        var operations = OperationWriter()
        for item in self.items {
            if let operation = item.operation { writer.append { operations.write(operation, to: &$0) } }
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
        let count = Int(try reader.integer(UInt16.self))
        guard count <= Self.itemLimit else { throw LeaseMessageError(.tooMany) }
        self.items = []
        self.items.reserveCapacity(count)
        var operationPlaces: [Int] = []
        while self.items.count < count {
            let tag = try reader.integer(UInt8.self)
            let remaining: UInt32 = try reader.integer()
            let run = Int(try reader.integer(UInt16.self))
            guard run > 0, self.items.count + run <= count else { throw LeaseMessageError(.tooMany) }
            switch tag {
            case Tag.barrier: break
            case Tag.operation: operationPlaces += self.items.count..<self.items.count + run
            default: throw LeaseMessageError(.unknownTag)
            }
            self.items += repeatElement(Item(nil, remainingMilliseconds: remaining), count: run)
        }
        let operations = try [LeaseOperation](decoding: hubBytes, from: reader.offset, count: operationPlaces.count)
        for (place, operation) in zip(operationPlaces, operations) { self.items[place].operation = operation }
    }
}

extension LeaseRequest.Item {
    fileprivate var isOperation: Bool { self.operation != nil }

    fileprivate func hasTime(of other: Self) -> Bool { self.remainingMilliseconds == other.remainingMilliseconds }
}
