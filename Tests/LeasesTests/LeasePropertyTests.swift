import Testing

@testable import Leases

/// Random batches against the guarantees and the reference model; the seed is each case's argument.
@Suite struct LeasePropertyTests {
    static let seeds = Array(1...8) as [UInt64]
    static let batches = 1_500

    @Test("the state decides as the reference model does, also after restarts from a snapshot", arguments: seeds)
    func agreesWithModel(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: seed % 3 == 0 ? 60 : 6)
        var dice = Seeded(seed &* 31)
        var state = LeaseState()
        var model = ReferenceModel()
        for number in 0..<Self.batches {
            let batch = batches.next()
            let (applied, expected) = (state.apply(batch), model.apply(batch))
            try check(
                applied.results.map(Self.withoutReason) == expected.results.map(Self.withoutReason),
                "seed \(seed), batch \(number)"
            )
            try check(applied.events == expected.events, "seed \(seed), batch \(number)")
            try check(state.count == model.holdings.count, "seed \(seed), batch \(number)")
            try check(state.globalTime.milliseconds == model.now, "seed \(seed), batch \(number)")
            let next = state.nextExpiry?.milliseconds
            try check(next == model.nextExpiry, "seed \(seed), batch \(number)")
            if number % 100 == 0 { try Self.compare(state, model, "seed \(seed), batch \(number)") }
            if dice.chance(1) { state = try LeaseState(decoding: state.encodedSnapshot()) }
        }
        try Self.compare(state, model, "seed \(seed), end")
    }

    @Test("guarantee 1: one holder a key, and every new holder's token is larger than all before", arguments: seeds)
    func oneHolder(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: 6)
        var state = LeaseState()
        var holders: [LeaseKey: (String, FencingToken)] = [:]
        var largest = FencingToken(0)
        for number in 0..<Self.batches {
            let batch = batches.next()
            let applied = state.apply(batch)
            for event in applied.events {
                switch event {
                case .claimed(let key, let holder, let token):
                    try check(holders[key] == nil, "seed \(seed), batch \(number): \(key) has two holders")
                    try check(token > largest, "seed \(seed), batch \(number)")
                    largest = token
                    holders[key] = (holder, token)
                case .expired(let key, let holder, let token), .revoked(let key, let holder, let token):
                    let last = holders.removeValue(forKey: key)
                    try check(last?.0 == holder && last?.1 == token, "seed \(seed), batch \(number)")
                }
            }
            for case .granted(let grant) in applied.results where grant.remainingMilliseconds > 0 {
                try check(grant.token <= largest, "seed \(seed), batch \(number)")
            }
            try check(state.count == holders.count, "seed \(seed), batch \(number)")
            for (key, holder) in holders {
                let lease = state.lease(key)
                try check(lease?.holder == holder.0 && lease?.token == holder.1, "seed \(seed), batch \(number)")
            }
        }
        #expect(largest > FencingToken(100), "the run must grant often enough to mean anything")
    }

    @Test("guarantee 2: no promise is broken unless the holder or force revokes", arguments: seeds)
    func lastsAtLeast(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: 6)
        var state = LeaseState()
        var promised: [FencingToken: UInt64] = [:]
        var kept = 0
        for number in 0..<Self.batches {
            let batch = batches.next()
            let applied = state.apply(batch)
            let now = state.globalTime.milliseconds
            let freed = Self.mayFree(batch)
            for event in applied.events {
                switch event {
                case .claimed: break
                case .expired(let key, _, let token):
                    try check(now > promised[token, default: 0], "seed \(seed), batch \(number): \(key)")
                    kept += 1
                case .revoked(let key, _, let token) where !freed.contains(key):
                    try check(now > promised[token, default: 0], "seed \(seed), batch \(number): \(key)")
                    kept += 1
                case .revoked: break
                }
            }
            // A retry that finds no time left is promised nothing; a pin may have kept the lease for longer.
            for case .granted(let grant) in applied.results where grant.remainingMilliseconds > 0 {
                promised[grant.token] = max(promised[grant.token, default: 0], now + grant.remainingMilliseconds)
            }
        }
        #expect(kept > 30, "the run must end leases often enough to mean anything")
    }

    @Test("guarantee 4: a lease pinned before a batch does not expire in it", arguments: seeds)
    func pinned(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: 6)
        var state = LeaseState()
        var survived = 0
        for number in 0..<Self.batches {
            let batch = batches.next()
            let pinned = batches.keys.filter { state.lease($0)?.isPinned == true }
            for event in state.apply(batch).events {
                if case .expired(let key, _, _) = event {
                    try check(!pinned.contains(key), "seed \(seed), batch \(number): \(key)")
                }
            }
            let now = state.globalTime
            survived += batches.keys.count { state.lease($0).map { $0.isPinned && $0.end < now } == true }
        }
        #expect(survived > 30, "the run must overstay often enough to mean anything")
    }

    @Test("guarantee 3: copies of operations change nothing, however often and late they arrive", arguments: seeds)
    func neverTwice(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: 6)
        batches.prolongs = false
        var (withCopies, withoutCopies) = (LeaseState(), LeaseState())
        var seen: Set<OperationID> = []
        var copies = 0
        for number in 0..<Self.batches {
            let batch = batches.next()
            var first = batch
            first.operations = batch.operations.filter { seen.insert($0.id).inserted }
            copies += batch.operations.count - first.operations.count
            let events = withCopies.apply(batch).events
            try check(events == withoutCopies.apply(first).events, "seed \(seed), batch \(number)")
            for key in batches.keys {
                try check(withCopies.lease(key) == withoutCopies.lease(key), "seed \(seed), batch \(number)")
            }
        }
        #expect(withCopies.encodedSnapshot() == withoutCopies.encodedSnapshot())
        #expect(copies > 300, "the run must copy often enough to mean anything")
    }

    @Test("replicas that applied the same entries have the same bytes, restarted or not", arguments: seeds)
    func replicasAgree(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: 40)
        batches.stretches = true
        batches.covers = true
        var dice = Seeded(seed &* 77)
        var (left, right, silent) = (LeaseState(), LeaseState(), LeaseState())
        // So little room that some are refused.
        left.results.limit = 1_000
        right.results.limit = 1_000
        silent.results.limit = 1_000
        for number in 0..<Self.batches {
            let batch = batches.next()
            // By the rules alone, by what is quicker for most, and without answers.
            let applied = left.applyByRules(batch)
            let others = try right.apply(entry: batch.encoded())
            let unanswered = try silent.apply(entry: batch.encoded(), answering: false)
            try check(
                unanswered.results.isEmpty && unanswered.events == applied.events,
                "seed \(seed), batch \(number)"
            )
            try check(
                applied.results == others.results && applied.events == others.events,
                "seed \(seed), batch \(number)"
            )
            guard dice.chance(1) else { continue }
            let snapshot = left.encodedSnapshot()
            try check(snapshot == right.encodedSnapshot(), "seed \(seed), batch \(number)")
            try check(snapshot == silent.encodedSnapshot(), "seed \(seed), batch \(number)")
            right = try LeaseState(decoding: snapshot)
            right.results.limit = 1_000
            try check(right.encodedSnapshot() == snapshot, "seed \(seed), batch \(number)")
        }
    }

    @Test("a copy of the state is not changed by what the original applies", arguments: seeds)
    func copies(seed: UInt64) throws {
        var batches = RandomBatches(seed: seed, keys: 40)
        var state = LeaseState()
        for _ in 0..<300 { _ = state.apply(batches.next()) }
        let copy = state
        let snapshot = copy.encodedSnapshot()
        for _ in 0..<300 { _ = state.apply(batches.next()) }
        #expect(copy.encodedSnapshot() == snapshot)
        #expect(state.encodedSnapshot() != snapshot)
    }

    // MARK: Comparing

    private static func withoutReason(_ result: OperationResult) -> OperationResult {
        if case .invalid = result { return .invalid("") }
        return result
    }

    /// Keys a batch may free before their time: revoked by somebody by name, or by force.
    private static func mayFree(_ batch: LeaseBatch) -> Set<LeaseKey> {
        Set(
            batch.operations.compactMap {
                guard case .revoke(let key, let holder, let force) = $0.command else { return nil }
                return holder != nil || force ? key : nil
            }
        )
    }

    private static func compare(_ state: LeaseState, _ model: ReferenceModel, _ place: String) throws {
        let leases = state.allLeases
        try check(leases.map(\.0) == model.holdings.keys.sorted(), "\(place)")
        for (key, lease) in leases {
            let holding = ReferenceModel.Holding(
                holder: lease.holder,
                token: lease.token.rawValue,
                end: lease.end.milliseconds,
                isRevoking: lease.isRevoking
            )
            try check(holding == model.holdings[key], "\(place)")
            try check(lease.isPinned == !model.pins[key, default: []].isEmpty, "\(place)")
        }
        for (key, entities) in model.pins { try check(state.pins(key) == entities.sorted(), "\(place)") }
    }
}
