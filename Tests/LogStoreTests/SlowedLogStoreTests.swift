import Consensus
import LogStore
import Testing

@Suite struct SlowedLogStoreTests {
    @Test("each durable append takes as long as was asked for, and nothing else does")
    func appends() throws {
        let log = try TemporaryLog()
        try log.create()
        let store = SlowedLogStore(try log.open(), shortest: .milliseconds(30))
        let clock = ContinuousClock()
        let entry = Entry(term: 1, kind: .command, payload: [1])
        for index in 2...3 as ClosedRange<LogIndex> {
            let time = try clock.measure { try store.write([.append(at: index, entries: [entry])]) }
            #expect(time >= .milliseconds(30))
        }
        try store.saveTermAndVote(2, nil)
        let state = try store.load()
        #expect(state.lastIndex == 3)
        #expect(state.term == 2)
        try store.close()
    }
}
