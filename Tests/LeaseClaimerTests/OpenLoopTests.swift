import Testing

@testable import leaseclaimer

@Suite struct OpenLoopTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func arrivals(_ text: String, _ spacing: Arrivals.Spacing, seed: UInt64 = 1) throws -> [Double] {
        var arrivals = Arrivals(try #require(RateSchedule(text)), spacing: spacing, start: self.start, seed: seed)
        var times: [Double] = []
        while let next = arrivals.next, times.count < 1_000_000 {
            times.append((next - self.start).inSeconds)
            arrivals.pop()
        }
        return times
    }

    @Test("constant arrivals follow the schedule exactly")
    func constant() throws {
        let times = try self.arrivals("1s:10,2s:100,1s:0,1s:5", .constant)
        #expect(abs(times.count - 215) <= 2)
        #expect(times.filter { $0 >= 1 && $0 < 3 }.count >= 199)
        #expect(times.filter { $0 > 3.001 && $0 < 4 }.isEmpty)
        #expect(times == times.sorted())
    }

    @Test("arrivals by chance come at the mean rate, and gaps vary as they must", arguments: [1, 2, 3] as [UInt64])
    func poisson(seed: UInt64) throws {
        let times = try self.arrivals("10s:1000,10s:4000", .poisson, seed: seed)
        let (first, second) = (times.filter { $0 < 10 }.count, times.filter { $0 >= 10 }.count)
        #expect(abs(first - 10_000) < 500, "seed \(seed)")
        #expect(abs(second - 40_000) < 1_000, "seed \(seed)")
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }.prefix(9_000)
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(gaps.count)
        // Of an exponential distribution the deviation is the mean.
        #expect(abs(variance.squareRoot() / mean - 1) < 0.1, "seed \(seed)")
    }

    @Test("the mix is kept")
    func mix() throws {
        let mix = try #require(OperationMix("claim=70,extend=29,critical=1"))
        var random = SplitMix64(seed: 9)
        var counts: [OperationClass: Int] = [:]
        for _ in 0..<100_000 { counts[mix.draw(using: &random), default: 0] += 1 }
        #expect(abs((counts[.claim] ?? 0) - 70_000) < 1_000)
        #expect(abs((counts[.critical] ?? 0) - 1_000) < 200)
        #expect(mix.text == "claim=70,extend=29,critical=1")
        for wrong in ["", "claim", "claim=-1", "claim=0", "claim=1,claim=1", "claim=nan", "other=1"] {
            #expect(OperationMix(wrong) == nil, "\(wrong)")
        }
    }

    @Test(
        "what is no schedule is refused",
        arguments: ["", "10s", "10s:", ":5", "0s:5", "10s:-1", "10s:nan", "10s:0", "10s:5,", "10s:1e12"]
    )
    func noSchedule(text: String) { #expect(RateSchedule(text) == nil) }

    @Test("held leases take turns, are not extended twice at a time, and run out")
    func held() {
        var held = HeldLeases(count: 4)
        #expect(held.take(2) == [])
        for index in 0..<4 { held.granted(Int32(index), token: 5, safeUntil: self.start + .seconds(10)) }
        #expect(held.take(3) == [0, 1, 2])
        #expect(held.take(3) == [3])
        held.granted(1, token: 5, safeUntil: self.start + .seconds(20))
        held.refused(2)
        #expect(held.take(9) == [1, 2])
        held.lose(3)
        #expect(held.held == 3)
        #expect(held.expire(now: self.start + .seconds(11)) == 2)
        #expect(held.held == 1)
        #expect(held.lost == 3)
        held.granted(1, token: 4, safeUntil: self.start + .seconds(30))
        #expect(held.tokensOutOfOrder == 1)
    }

    @Test("a lease counted as lost is not taken up again by a grant that comes late, and is not extended any more")
    func lostForGood() {
        var held = HeldLeases(count: 2)
        for index in 0..<2 {
            let isTaken = held.granted(Int32(index), token: 5, safeUntil: self.start + .seconds(10))
            #expect(isTaken)
        }
        #expect(held.take(1) == [0])
        #expect(held.expire(now: self.start + .seconds(10)) == 2)
        let isTaken = held.granted(0, token: 5, safeUntil: self.start + .seconds(20))
        #expect(!isTaken)
        #expect(held.held == 0)
        #expect(held.take(2) == [])
    }

    @Test("the turn goes round among leases that are free, however few they are")
    func turns() {
        var held = HeldLeases(count: 1_000)
        for index in 0..<1_000 { held.granted(Int32(index), token: 1, safeUntil: self.start + .seconds(10)) }
        #expect(held.take(999).count == 999)
        for _ in 0..<5_000 {
            let taken = held.take(2)
            #expect(taken == [999])
            held.refused(999)
        }
        held.refused(5)
        #expect(held.take(9) == [999, 5])
    }

    @Test("percentiles of a second are right to three parts in a hundred")
    func buckets() throws {
        var buckets = LatencyBuckets()
        #expect(buckets.percentile(50) == nil)
        for microseconds in 1...100_000 { buckets.record(.microseconds(microseconds)) }
        for percent in [1.0, 50, 90, 99, 99.9, 100] {
            let value = try #require(buckets.percentile(percent))
            #expect(abs(value / percent - 1) < 0.035, "\(percent)")
        }
        var other = LatencyBuckets()
        other.record(.seconds(1_000_000), times: 1_000_000)
        other.record(.zero)
        other.record(.microseconds(-5))
        buckets.merge(other)
        #expect(buckets.count == 1_100_002)
        #expect(try #require(buckets.percentile(99)) > 1_000)
    }
}
