import LoadReport
import Testing

@testable import leaseclaimer

@Suite struct StatisticsTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func at(_ milliseconds: Int) -> Instant { self.start + .milliseconds(milliseconds) }

    func granted(until: Int, token: UInt64 = 1) -> ContenderNote {
        .granted(token: token, safeUntil: self.at(until))
    }

    @Test("the longest gap counts the time before the first grant, between grants and after the last")
    func gap() {
        var gap = GrantGap(from: self.start)
        gap.close(at: self.at(300))
        #expect(gap.longest == .milliseconds(300))
        gap.close(at: self.at(400))
        gap.close(at: self.at(900))
        #expect(gap.longest == .milliseconds(500))
        #expect(gap.endedAt == self.at(900))
        gap.close(at: self.at(850))
        gap.close(at: self.at(1_380))
        #expect(gap.longest == .milliseconds(500))
        gap.close(at: self.at(2_180))
        #expect(gap.longest == .milliseconds(800))
    }

    @Test("held follows grants, losses and releases")
    func held() {
        var statistics = Statistics(startingAt: self.start)
        statistics.record(self.granted(until: 100), lease: 0, contender: 0, now: self.at(1))
        statistics.record(self.granted(until: 100), lease: 1, contender: 0, now: self.at(2))
        #expect(statistics.held == 2)
        statistics.record(.lost(reason: "x"), lease: 0, contender: 0, now: self.at(3))
        statistics.record(.released, lease: 1, contender: 0, now: self.at(4))
        #expect(statistics.held == 0)
        #expect(statistics.lost == 1)
        #expect(statistics.claimsGranted == 2)
        #expect(statistics.failures == ["lost: x": 1])
    }

    @Test("a run is clean with denials, retries and failed claims, but not with anything that breaks a promise")
    func clean() {
        var statistics = Statistics(startingAt: self.start)
        for note in [self.granted(until: 100), .denied, .failed(.claim, reason: "x"), .retried] {
            statistics.record(note, lease: 0, contender: 0, now: self.at(1))
        }
        #expect(statistics.isClean)
        var lost = statistics
        lost.record(.lost(reason: "x"), lease: 0, contender: 0, now: self.at(2))
        #expect(!lost.isClean)
        var failed = statistics
        failed.record(.extendFailed, lease: 0, contender: 0, now: self.at(2))
        #expect(!failed.isClean)
        var twice = statistics
        twice.record(self.granted(until: 100, token: 2), lease: 0, contender: 1, now: self.at(2))
        #expect(!twice.isClean)
        var token = statistics
        token.record(self.granted(until: 300), lease: 0, contender: 1, now: self.at(200))
        #expect(!token.isClean)
    }

    @Test("latencies keep three digits, by operation and outcome")
    func latencies() throws {
        var table = LatencyTable()
        for milliseconds in 1...100 { table.record(.claim, .granted, .milliseconds(milliseconds)) }
        table.record(.extend, .granted, .microseconds(700))
        var other = LatencyTable()
        other.record(.extend, .failed, .seconds(86_400))
        table.merge(other)
        let rows = table.rows
        #expect(rows.map(\.operation) == ["claim", "extend", "extend"])
        let claims = try #require(rows.first)
        #expect(claims.count == 100)
        #expect(abs(claims.p50 - 50) < 0.1)
        #expect(abs(claims.p99 - 99) < 0.1)
        #expect(abs(claims.max - 100) < 0.1)
        #expect(rows[1].outcome == "failed")
        // Longer than is tracked: cut, not lost.
        #expect(rows[1].count == 1)
        #expect(abs(rows[2].p99 - 0.7) < 0.001)
    }
}
