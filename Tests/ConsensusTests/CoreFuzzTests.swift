import Consensus
import Testing

/// A seeded source of numbers, so that a failing run can be repeated.
struct CoreTestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

@Suite struct CoreFuzzTests {
    @Test("a cluster whose messages are lost, repeated and reordered keeps one history", arguments: [false, true])
    func faultyNetwork(preVote: Bool) throws {
        for _ in 0..<20 {
            let seed = UInt64.random(in: 0 ... .max)
            do {
                try FaultyRun(seed: seed, preVote: preVote).run(steps: 3000)
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test("no sequence of messages a stranger could make up takes the core down or its commit index back")
    func hostileMessages() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = CoreTestRandom(seed: seed)
        for _ in 0..<200 {
            let node = try CoreTestNode { $0.preVote = Bool.random(using: &random) }
            var commit: LogIndex = 0
            var now: Milliseconds = 0
            for _ in 0..<100 {
                now += .random(in: 0...300, using: &random)
                do {
                    let term = node.core.term
                    try node.receive(
                        Self.hostileMessage(around: term, &random),
                        from: .random(in: 2...3, using: &random),
                        now: now
                    )
                    if Bool.random(using: &random) { try node.persist(now: now) }
                    if now >= node.core.deadline { try node.step(.timeout, now: now) }
                } catch  where error.isFatal {
                    #expect(error.code == .conflictingHistory, "seed \(seed)")
                    break
                } catch {}
                #expect(node.core.commitIndex >= commit, "seed \(seed)")
                commit = node.core.commitIndex
            }
        }
    }

    private static func hostileMessage(around term: Term, _ random: inout CoreTestRandom) -> Message {
        func number(_ maximum: UInt64) -> UInt64 { .random(in: 0...maximum, using: &random) }
        func someTerm() -> Term { max(1, term &+ number(3) &- number(2)) }
        let message = someTerm()
        func entries() -> [Entry] {
            var newest = Term(1)
            return (0..<number(4)).map { _ in
                newest = min(message, newest + number(1))
                return Entry(term: newest, kind: number(9) == 0 ? .barrier : .command, payload: [UInt8(number(255))])
            }
        }
        switch number(6) {
        case 0:
            return .requestVote(
                .init(
                    term: message,
                    candidate: ServerID(number(1) + 2),
                    lastIndex: number(8),
                    lastTerm: number(message),
                    disruptLeader: number(3) == 0,
                    preVote: number(1) == 0
                )
            )
        case 1:
            return .requestVoteResult(
                .init(term: message, voteGranted: number(1) == 0, preVote: number(1) == 0, features: 1)
            )
        case 2:
            return .appendEntriesResult(.init(term: message, rejected: number(6), lastIndex: number(9)))
        case 3:
            let snapshot = Snapshot(
                index: number(12),
                term: number(message),
                configuration: CoreTestNode.configuration(of: 3),
                configurationIndex: 1,
                data: [1, 2, 3]
            )
            return .installSnapshot(.init(term: message, snapshot: snapshot))
        case 4: return .timeoutNow(.init(term: message, lastIndex: number(5), lastTerm: number(message)))
        default:
            return .appendEntries(
                .init(
                    term: message,
                    previousIndex: number(6),
                    previousTerm: number(message),
                    leaderCommit: number(9),
                    entries: entries()
                )
            )
        }
    }
}

/// One run of three controllers over a bad network, with restarts and snapshots, checked after every step.
private final class FaultyRun {
    struct Violation: Error { var reason: String }

    private var random: CoreTestRandom
    private var nodes: [CoreTestNode] = []
    private var wire: [(from: UInt64, to: UInt64, message: Message)] = []
    private var now: Milliseconds = 0
    private var committed: [LogIndex: Entry] = [:]
    private var leaders: [Term: ServerID] = [:]
    private let preVote: Bool

    init(seed: UInt64, preVote: Bool) throws {
        self.random = CoreTestRandom(seed: seed)
        self.preVote = preVote
        for id in UInt64(1)...3 { self.nodes.append(try self.node(id, nil)) }
    }

    private func node(_ id: UInt64, _ start: DurableState?) throws -> CoreTestNode {
        let preVote = self.preVote
        let seed = UInt32(truncatingIfNeeded: self.random.next())
        return try CoreTestNode(id, start: start) {
            $0.preVote = preVote
            $0.seed = seed
        }
    }

    private func chance(_ one: UInt64) -> Bool { UInt64.random(in: 0..<one, using: &self.random) == 0 }

    func run(steps: Int) throws {
        for _ in 0..<steps {
            self.now += .random(in: 0...30, using: &self.random)
            let position = Int.random(in: 0..<3, using: &self.random)
            let node = self.nodes[position]
            let before = node.core.commitIndex
            if node.core.deadline <= self.now { try node.step(.timeout, now: self.now) }
            if node.core.role == .leader, node.core.transferee == nil, self.chance(3) {
                try node.step(.submit([.command("\(self.now)")]), now: self.now)
            }
            if self.chance(2) { try node.persist(now: self.now) }
            try self.deliver()
            if self.chance(60) { try self.compact(node) }
            try self.check(node, commitBefore: before)
            // All writes of this disk were carried out; what was not reported is found again.
            if self.chance(300), !node.core.isInstallingSnapshot {
                self.nodes[position] = try self.node(UInt64(position + 1), node.durable)
            }
            self.collect()
        }
    }

    private func collect() {
        for node in self.nodes {
            for outgoing in node.outbox where !self.chance(10) {
                self.wire.append((node.id.rawValue, outgoing.to.rawValue, outgoing.message))
                if self.chance(10) { self.wire.append((node.id.rawValue, outgoing.to.rawValue, outgoing.message)) }
            }
            node.outbox = []
        }
    }

    private func deliver() throws {
        for _ in 0..<3 where !self.wire.isEmpty {
            let reordered = self.chance(5)
            let position = reordered ? Int.random(in: 0..<self.wire.count, using: &self.random) : 0
            let next = self.wire.remove(at: position)
            let node = self.nodes[Int(next.to - 1)]
            let before = node.core.commitIndex
            try node.receive(next.message, from: next.from, now: self.now)
            try self.check(node, commitBefore: before)
        }
    }

    private func compact(_ node: CoreTestNode) throws {
        let index = min(node.core.commitIndex, node.core.persistedIndex)
        guard index >= 2, index > node.snapshot?.index ?? 0, !node.core.isInstallingSnapshot else { return }
        try node.compact(upTo: index)
    }

    private func check(_ node: CoreTestNode, commitBefore: LogIndex) throws {
        guard node.core.commitIndex >= commitBefore else { throw Violation(reason: "commit index went back") }
        guard node.core.lastIndex == node.lastIndex else { throw Violation(reason: "last index differs from the log") }
        if node.core.role == .leader {
            let term = node.core.term
            guard self.leaders[term] ?? node.id == node.id else { throw Violation(reason: "two leaders in \(term)") }
            self.leaders[term] = node.id
        }
        guard !node.core.isInstallingSnapshot, commitBefore < node.core.commitIndex else { return }
        for index in commitBefore + 1...node.core.commitIndex {
            guard let entry = node.entry(index) else { continue }
            guard self.committed[index] ?? entry == entry else { throw Violation(reason: "two entries at \(index)") }
            self.committed[index] = entry
        }
    }
}
