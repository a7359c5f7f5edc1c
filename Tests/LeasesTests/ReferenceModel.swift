import Leases

/// The rules again, as plainly as they can be said: one dictionary, a scan for each question. The property tests hold
/// the real state against it.
struct ReferenceModel {
    struct Holding: Equatable {
        var holder: String
        var token: UInt64
        var end: UInt64
        var isRevoking = false
    }

    private struct Memory {
        var result: OperationResult
        var command: LeaseCommand
        var notAfter: UInt64
    }

    private(set) var now: UInt64 = 0
    private(set) var holdings: [LeaseKey: Holding] = [:]
    private(set) var pins: [LeaseKey: Set<String>] = [:]
    private var memories: [OperationID: Memory] = [:]
    private var lastToken: UInt64 = 0

    var nextExpiry: UInt64? {
        self.holdings.filter { self.canEnd($0.key, $0.value) }.map { $0.value.end + 1 }.min()
    }

    mutating func apply(_ batch: LeaseBatch) -> (results: [OperationResult], events: [LeaseEvent]) {
        self.now = max(self.now, batch.clock.milliseconds)
        let (now, slot) = (self.now, self.now / 64)
        self.memories = self.memories.filter { ($0.value.notAfter + 10_000) / 64 >= slot }
        var events: [LeaseEvent] = []
        let ended = self.holdings.filter { $0.value.end < now && self.canEnd($0.key, $0.value) }
            .sorted { ($0.value.end, $0.value.token) < ($1.value.end, $1.value.token) }
        for (key, holding) in ended {
            self.holdings[key] = nil
            let token = FencingToken(holding.token)
            events.append(
                holding.isRevoking
                    ? .revoked(key, holder: holding.holder, token: token)
                    : .expired(key, holder: holding.holder, token: token)
            )
        }
        let results = batch.operations.map { self.once($0, &events) }
        return (results, events)
    }

    private func canEnd(_ key: LeaseKey, _ holding: Holding) -> Bool {
        holding.isRevoking || self.pins[key, default: []].isEmpty
    }

    private mutating func once(_ operation: LeaseOperation, _ events: inout [LeaseEvent]) -> OperationResult {
        let notAfter = operation.notAfter.milliseconds
        if let memory = self.memories[operation.id] {
            if !Self.isSame(memory.command, operation.command) { return .invalid("") }
            self.memories[operation.id]?.notAfter = max(memory.notAfter, min(notAfter, self.now + 120_000))
            return self.again(memory.result, operation.command.key)
        }
        if notAfter < self.now { return self.now <= notAfter + 10_000 ? .expired : .resolved(.forgotten) }
        if notAfter > self.now + 120_000 { return .invalid("") }
        let result = self.apply(operation.command, &events)
        if case .invalid = result { return result }
        self.memories[operation.id] = Memory(result: result, command: operation.command, notAfter: notAfter)
        return result
    }

    /// Extensions differ only by lease and holder.
    private static func isSame(_ one: LeaseCommand, _ other: LeaseCommand) -> Bool {
        if case .extend(let key, let holder, _) = one, case .extend(let otherKey, let otherHolder, _) = other {
            return key == otherKey && holder == otherHolder
        }
        return one == other
    }

    private func again(_ result: OperationResult, _ key: LeaseKey) -> OperationResult {
        let holding = self.holdings[key]
        switch result {
        case .granted(var grant), .held(by: var grant):
            let isSame = holding?.token == grant.token.rawValue
            grant.remainingMilliseconds = isSame ? self.left(holding) : 0
            if case .granted = result { return .granted(grant) }
            if !isSame { grant.holder = "" }
            return .held(by: grant)
        case .revoking:
            return holding?.isRevoking == true ? .revoking(remainingMilliseconds: self.left(holding)) : .revoked
        default:
            return result
        }
    }

    private mutating func apply(_ command: LeaseCommand, _ events: inout [LeaseEvent]) -> OperationResult {
        let key = command.key
        let holding = self.holdings[key]
        switch command {
        case .claim(_, let holder, let milliseconds), .extend(_, let holder, let milliseconds):
            guard (2_000...86_400_000).contains(milliseconds), !holder.isEmpty else { return .invalid("") }
            var next: Holding
            if let holding {
                if holding.holder != holder { return .held(by: self.grant(holding)) }
                if holding.isRevoking { return .revoking(remainingMilliseconds: self.left(holding)) }
                next = holding
                next.end = max(next.end, self.now + milliseconds)
            } else if case .extend = command {
                return .notHeld
            } else {
                self.lastToken += 1
                next = Holding(holder: holder, token: self.lastToken, end: self.now + milliseconds)
                events.append(.claimed(key, holder: holder, token: FencingToken(self.lastToken)))
            }
            self.holdings[key] = next
            return .granted(self.grant(next))
        case .revoke(_, let holder, let force):
            guard let holding, holder == nil || holder == holding.holder else { return .notHeld }
            if holder == nil, !force, holding.end >= self.now {
                self.holdings[key]?.isRevoking = true
                return .revoking(remainingMilliseconds: self.left(holding))
            }
            self.holdings[key] = nil
            events.append(.revoked(key, holder: holding.holder, token: FencingToken(holding.token)))
            return .revoked
        case .pin(_, let entity):
            self.pins[key, default: []].insert(entity)
            return .pinned(true)
        case .unpin(_, let entity):
            if let entity { self.pins[key]?.remove(entity) } else { self.pins[key] = nil }
            return .pinned(!self.pins[key, default: []].isEmpty)
        case .resolve: return .invalid("")
        }
    }

    private func left(_ holding: Holding?) -> UInt64 {
        guard let holding, holding.end > self.now else { return 0 }
        return holding.end - self.now
    }

    private func grant(_ holding: Holding) -> Grant {
        Grant(
            holder: holding.holder,
            token: FencingToken(holding.token),
            remainingMilliseconds: self.left(holding)
        )
    }
}
