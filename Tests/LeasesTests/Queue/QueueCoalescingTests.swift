import Leases
import Testing

@Suite struct QueueCoalescingTests {
    typealias Queue = OperationQueue<Job>

    @Test("extensions of one lease by one holder share a place: the newest is sealed and answers the others")
    func shared() {
        var queue = Queue()
        queue.put(0, .of(.extend, id: 1, lease: 7, ends: .seconds(2)), lease: 7)
        queue.put(1, .of(.extend, id: 2, lease: 8, ends: .seconds(3)), lease: 8)
        queue.put(2, .of(.extend, id: 3, lease: 7, ends: .seconds(9)), lease: 7)
        queue.put(3, .of(.extend, id: 3, lease: 7, ends: .seconds(9)), lease: 7)
        let sealed = queue.seal(limit: 2, byteLimit: 1_000, now: .zero)
        #expect(sealed.map(\.payload.number) == [3, 1])
        #expect(sealed.map { $0.riders.map(\.number) } == [[2, 0], []])
        #expect(queue.isEmpty)
        #expect(queue.statistics[.extend].coalesced == 2)
        #expect(queue.statistics[.extend].sealed == 4)
    }

    @Test("equal hashes are not enough: another lease is sealed by itself")
    func collision() {
        var queue = Queue()
        queue.put(0, .of(.extend, lease: 7), lease: 7)
        queue.put(1, .of(.extend, lease: 7), lease: 8)
        let sealed = queue.seal(limit: 9, byteLimit: 1_000, now: .zero)
        #expect(sealed.map(\.payload.number) == [0, 1])
        #expect(sealed.allSatisfy { $0.riders.isEmpty })
    }

    @Test("one stands for eight others at most, and for none that may be applied later than itself")
    func bounds() {
        var queue = Queue()
        for number in 0..<20 { queue.put(number, .of(.extend, id: number, lease: 7), lease: 7) }
        #expect(queue.seal(limit: 9, byteLimit: 9_000, now: .zero).map(\.riders.count) == [8, 8, 1])
        queue.put(0, .of(.extend, id: 1, lease: 7, until: 10), lease: 7)
        queue.put(1, .of(.extend, id: 2, lease: 7, until: 9), lease: 7)
        #expect(queue.seal(limit: 9, byteLimit: 9_000, now: .zero).map(\.riders.count) == [0, 0])
        for number in 0..<40 { queue.put(number, .of(.extend, id: 1, lease: 7), lease: 7) }
        #expect(queue.seal(limit: 9, byteLimit: 9_000, now: .zero).map(\.riders.count) == [15, 15, 7])
    }

    @Test("guarantee 3: of those that share a place each keeps its own deadline and its own caller")
    func members() {
        var queue = Queue()
        func fill() {
            queue.put(0, .of(.extend, id: 1, lease: 7, deadline: .seconds(1)), lease: 7)
            queue.put(1, .of(.extend, id: 2, lease: 7, deadline: .seconds(3)), lease: 7)
            let gone = Job(number: 2, lease: 7, isGone: true)
            _ = queue.enqueue(gone, .of(.extend, id: 3, lease: 7, deadline: .seconds(3)), now: .zero)
            queue.put(3, .of(.extend, id: 4, lease: 7, deadline: .seconds(2)), lease: 7)
        }
        fill()
        var sealed = queue.seal(limit: 9, byteLimit: 1_000, now: .milliseconds(1_500))
        #expect(sealed.map(\.payload.number) == [3])
        #expect(sealed[0].riders.map(\.number) == [1])
        #expect(queue.takeAnswered().map(\.answer) == [.expired, .abandoned])
        fill()
        sealed = queue.seal(limit: 9, byteLimit: 1_000, now: .milliseconds(2_500))
        #expect(sealed.map(\.payload.number) == [1])
        #expect(sealed[0].riders.isEmpty)
        #expect(queue.takeAnswered().map(\.answer) == [.expired, .expired, .abandoned])
        #expect(queue.isEmpty)
    }
}
