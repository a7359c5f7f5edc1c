import Leases
import Testing

/// A small generator whose runs repeat from one number (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}

func key(_ name: String, model: String = "model", namespace: String = "lease") -> LeaseKey {
    LeaseKey(namespace: namespace, model: model, name: name)
}

func at(_ milliseconds: UInt64) -> GlobalTime { GlobalTime(milliseconds: milliseconds) }

/// A state with a way to apply commands that reads like the rules it tests.
struct Scene {
    var state = LeaseState()
    private var lastID: UInt64 = 0

    /// An operation under a new id, acceptable for a minute.
    mutating func operation(_ command: LeaseCommand) -> LeaseOperation {
        self.lastID += 1
        return LeaseOperation(
            id: OperationID(high: 7, low: self.lastID),
            notAfter: self.state.globalTime.advanced(byMilliseconds: 60_000),
            command: command
        )
    }

    @discardableResult
    mutating func apply(_ command: LeaseCommand, clock: UInt64 = 0) -> OperationResult {
        self.state.apply(LeaseBatch(clock: at(clock), operations: [self.operation(command)])).results[0]
    }

    mutating func apply(_ operation: LeaseOperation, clock: UInt64 = 0) -> (OperationResult, [LeaseEvent]) {
        let applied = self.state.apply(LeaseBatch(clock: at(clock), operations: [operation]))
        return (applied.results[0], applied.events)
    }

    @discardableResult
    mutating func tick(_ clock: UInt64) -> [LeaseEvent] {
        self.state.apply(LeaseBatch(clock: at(clock), operations: [])).events
    }

    @discardableResult
    mutating func claim(
        _ name: String = "db",
        by holder: String,
        for milliseconds: UInt64 = 5_000,
        clock: UInt64 = 0
    ) -> OperationResult {
        self.apply(.claim(key(name), holder: holder, milliseconds: milliseconds), clock: clock)
    }

    @discardableResult
    mutating func extend(
        _ name: String = "db",
        by holder: String,
        for milliseconds: UInt64 = 5_000,
        clock: UInt64 = 0
    ) -> OperationResult {
        self.apply(.extend(key(name), holder: holder, milliseconds: milliseconds), clock: clock)
    }

    @discardableResult
    mutating func revoke(
        _ name: String = "db",
        by holder: String?,
        force: Bool = false,
        clock: UInt64 = 0
    ) -> OperationResult {
        self.apply(.revoke(key(name), holder: holder, force: force), clock: clock)
    }

    @discardableResult
    mutating func pin(_ name: String = "db", by entity: String, clock: UInt64 = 0) -> OperationResult {
        self.apply(.pin(key(name), entity: entity), clock: clock)
    }

    @discardableResult
    mutating func unpin(_ name: String = "db", by entity: String?, clock: UInt64 = 0) -> OperationResult {
        self.apply(.unpin(key(name), entity: entity), clock: clock)
    }
}

func granted(_ holder: String, _ token: UInt64, _ remaining: UInt64) -> OperationResult {
    .granted(Grant(holder: holder, token: FencingToken(token), remainingMilliseconds: remaining))
}

func held(_ holder: String, _ token: UInt64, _ remaining: UInt64) -> OperationResult {
    .held(by: Grant(holder: holder, token: FencingToken(token), remainingMilliseconds: remaining))
}

/// `#require` for conditions checked many thousand times: it says where only when it fails.
func check(
    _ condition: Bool,
    _ place: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    if !condition { try #require(Bool(false), "\(place())", sourceLocation: sourceLocation) }
}

extension LeaseState {
    /// Applies a batch as replicas do: as an entry of the log.
    mutating func apply(_ batch: LeaseBatch) -> (results: [OperationResult], events: [LeaseEvent]) {
        do {
            return try self.apply(entry: batch.encoded())
        } catch {
            Issue.record("an encoded batch cannot be read: \(error)")
            return ([], [])
        }
    }
}
