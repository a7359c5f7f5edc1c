import Leases
import Testing

@Suite struct QueueOrderTests {
    typealias Queue = OperationQueue<Job>

    @Test("an empty queue seals nothing")
    func empty() {
        var queue = Queue()
        #expect(queue.numbers() == [])
        #expect(queue.isEmpty)
        #expect(queue.nextDeadline == nil)
        #expect(queue.removeAll() == [])
        #expect(queue.stretchPercent == 100)
        #expect(queue.load(now: .zero).claimRetryAfterMilliseconds == nil)
    }

    @Test("guarantee 5: the best class is sealed first, reads last")
    func classes() {
        var queue = Queue()
        let ranks: [OperationClass] = [.read, .claim, .extend, .critical, .internal]
        for (number, rank) in (ranks + ranks).enumerated() { #expect(queue.put(number, .of(rank)) == true) }
        #expect(queue.count == 10)
        #expect(queue.numbers() == [4, 9, 3, 8, 2, 7, 1, 6, 0, 5])
        #expect(queue.isEmpty)
    }

    @Test(
        "guarantee 5: extensions and critical operations go by when their leases end, unknown ones first of extensions"
    )
    func ends() {
        for rank in [OperationClass.extend, .critical] {
            var queue = Queue()
            for (number, seconds) in [9, 3, 7, 1, 5, 3].enumerated() {
                queue.put(number, .of(rank, ends: .seconds(seconds)))
            }
            queue.put(6, .of(rank))
            #expect(queue.numbers() == (rank == .extend ? [6, 3, 1, 5, 4, 2, 0] : [3, 1, 5, 4, 2, 0, 6]))
        }
    }

    @Test("a seal takes no more operations than allowed, and every read beside them")
    func limit() {
        var queue = Queue()
        for number in 0..<5 {
            queue.put(number, .of(.claim))
            queue.put(10 + number, .of(.read))
        }
        #expect(queue.numbers(3) == [0, 1, 2, 10, 11, 12, 13, 14])
        #expect(queue.numbers(3) == [3, 4])
    }

    @Test("a seal keeps to its bytes but always takes one")
    func bytes() {
        var queue = Queue()
        for number in 0..<3 { queue.put(number, .of(.extend, bytes: 60)) }
        #expect(queue.numbers(bytes: 130) == [0, 1])
        #expect(queue.numbers(bytes: 10) == [2])
    }

    @Test("guarantee 5: critical operations have a quarter of an entry before anybody else, the rest after extensions")
    func reserve() {
        var queue = Queue()
        for number in 0..<100 { queue.put(number, .of(.critical)) }
        for number in 100..<400 { queue.put(number, .of(.extend)) }
        for number in 400..<500 { queue.put(number, .of(.claim)) }
        let sealed = queue.numbers(256)
        #expect(Array(sealed[..<64]) == Array(0..<64))
        #expect(sealed[64...].filter { $0 < 100 }.isEmpty)
        #expect(sealed.filter { (100..<400).contains($0) }.count == 256 - 64 - 12)
    }

    @Test("guarantee 5: claims keep a twentieth of an entry, at least one, however many extensions there are")
    func share() {
        for (limit, share) in [(256, 12), (10, 1), (2, 1)] {
            var queue = Queue()
            for number in 0..<300 { queue.put(number, .of(.extend)) }
            for number in 300..<400 { queue.put(number, .of(.claim)) }
            let sealed = queue.numbers(limit)
            #expect(sealed.count == limit)
            #expect(sealed.filter { $0 >= 300 }.count == share)
        }
    }

    @Test("claims are shared out among models, each in order of arrival")
    func fair() {
        var queue = Queue()
        for number in 0..<60 { queue.put(number, .of(.claim, model: 1, bytes: 128)) }
        for number in 60..<66 { queue.put(number, .of(.claim, model: 2, bytes: 128)) }
        for number in 66..<72 { queue.put(number, .of(.claim, model: 3, bytes: 128)) }
        let sealed = queue.numbers(18)
        for range in [0..<6, 60..<66, 66..<72] {
            #expect(sealed.filter { range.contains($0) || ($0 < 60 && range.lowerBound == 0) } == Array(range))
        }
        #expect(queue.numbers(100) == Array(6..<60))
    }

    @Test("guarantee 3: what has passed its deadline is answered as expired and never sealed")
    func deadlines() {
        var queue = Queue()
        for (number, milliseconds) in [300, 100, 200, 400].enumerated() {
            queue.put(number, .of(.claim, deadline: .milliseconds(milliseconds)))
        }
        queue.expire(now: .milliseconds(99))
        #expect(queue.takeAnswered().isEmpty)
        queue.expire(now: .milliseconds(100))
        #expect(queue.takeAnswered().map(\.payload.number) == [1])
        #expect(queue.numbers(now: .milliseconds(300)) == [3])
        let answered = queue.takeAnswered()
        #expect(answered.map(\.payload.number) == [2, 0])
        #expect(answered.allSatisfy { $0.answer == .expired })
        #expect(queue.nextDeadline == nil)
    }

    @Test("deadlines of days are kept as those of moments are")
    func farDeadlines() {
        var queue = Queue()
        let seconds = [100_000, 5, 40, 17, 18]
        for (number, second) in seconds.enumerated() { queue.put(number, .of(.extend, deadline: .seconds(second))) }
        for second in seconds.sorted() {
            queue.expire(now: .seconds(second) - .milliseconds(1))
            #expect(queue.takeAnswered().isEmpty)
            queue.expire(now: .seconds(second))
            #expect(queue.takeAnswered().map { seconds[$0.payload.number] } == [second])
        }
        #expect(queue.isEmpty)
    }

    @Test("what its caller has left is not sealed, and is answered abandoned")
    func gone() {
        var queue = Queue()
        for (number, rank) in OperationClass.allCases.enumerated() {
            _ = queue.enqueue(Job(number: number, isGone: true), .of(rank), now: .zero)
            queue.put(10 + number, .of(rank))
        }
        #expect(queue.numbers() == [10, 11, 12, 13, 14])
        let answered = queue.takeAnswered()
        #expect(answered.map(\.payload.number).sorted() == [0, 1, 2, 3, 4])
        #expect(answered.allSatisfy { $0.answer == .abandoned })
        #expect(queue.isEmpty)
    }

    @Test("what claims do not use of the bytes kept for them is lent")
    func lentBytes() {
        var queue = OperationQueue<Job>()
        for number in 0..<39 { queue.put(number, .of(.extend, bytes: 50)) }
        queue.put(39, .of(.claim, bytes: 10))
        #expect(queue.numbers(bytes: 2_000).count == 40)
    }
}
