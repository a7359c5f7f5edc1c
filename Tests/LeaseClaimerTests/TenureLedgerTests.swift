import HoldfastClient
import Testing

@testable import leaseclaimer

@Suite struct TenureLedgerTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func at(_ milliseconds: Int) -> Instant { self.start + .milliseconds(milliseconds) }

    func believe(
        _ ledger: inout TenureLedger,
        _ contender: Int,
        token: UInt64,
        from: Int,
        until: Int,
        lease: Int = 0
    ) {
        ledger.believe(lease: lease, contender: contender, token: token, now: self.at(from), until: self.at(until))
    }

    @Test("one holder after the other is as it should be")
    func inTurn() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 1, token: 5, from: 50, until: 150)
        self.believe(&ledger, 2, token: 6, from: 150, until: 250)
        #expect(ledger.overlaps.isEmpty)
        #expect(ledger.tokenViolations == 0)
    }

    @Test("a holder that lost the lease and got it back did not believe in between")
    func again() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 2, token: 6, from: 120, until: 200)
        self.believe(&ledger, 1, token: 7, from: 300, until: 400)
        #expect(ledger.overlaps.isEmpty)
        #expect(ledger.tokenViolations == 0)
    }

    @Test("two that believe at one instant are found, once, with the span")
    func overlap() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 2, token: 6, from: 99, until: 200)
        self.believe(&ledger, 2, token: 6, from: 150, until: 300)
        #expect(
            ledger.overlaps == [
                .init(lease: 0, contenders: [1, 2], tokens: [5, 6], from: self.at(99), until: self.at(100))
            ]
        )
    }

    @Test("an extension reported after the next holder's grant still shows the overlap")
    func overlapByExtension() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 2, token: 6, from: 110, until: 200)
        self.believe(&ledger, 1, token: 5, from: 90, until: 190)
        #expect(ledger.overlaps.count == 1)
    }

    @Test("different leases have nothing to do with each other")
    func otherLease() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 2, token: 5, from: 0, until: 100, lease: 1)
        #expect(ledger.overlaps.isEmpty)
        #expect(ledger.tokenViolations == 0)
    }

    @Test("a holder that gave up, or was told, believes no longer")
    func gaveUp() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        ledger.disbelieve(lease: 0, contender: 1, now: self.at(40))
        self.believe(&ledger, 2, token: 6, from: 50, until: 150)
        #expect(ledger.overlaps.isEmpty)
    }

    @Test("a new holder with a token that is not larger is found", arguments: [5 as UInt64, 4])
    func tokenOfNewHolder(token: UInt64) {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 2, token: token, from: 200, until: 300)
        #expect(ledger.tokenViolations == 1)
        #expect(ledger.overlaps.isEmpty)
    }

    @Test("a holder's own token may stay or grow, and never shrink")
    func tokenOfSameHolder() {
        var ledger = TenureLedger()
        self.believe(&ledger, 1, token: 5, from: 0, until: 100)
        self.believe(&ledger, 1, token: 5, from: 50, until: 150)
        self.believe(&ledger, 1, token: 7, from: 200, until: 300)
        #expect(ledger.tokenViolations == 0)
        self.believe(&ledger, 1, token: 6, from: 400, until: 500)
        #expect(ledger.tokenViolations == 1)
    }

    @Test("random histories: overlaps are reported exactly when two intervals of different holders meet")
    func random() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var ledger = TenureLedger()
            var intervals: [(contender: Int, from: Int, until: Int)] = []
            var now = 0
            for token in 1...6 as ClosedRange<UInt64> {
                now += Int.random(in: 1...60, using: &random)
                let until = now + Int.random(in: 1...60, using: &random)
                let contender = Int(token)
                self.believe(&ledger, contender, token: token, from: now, until: until)
                intervals.append((contender, now, until))
            }
            let meets = intervals.contains { one in
                intervals.contains { $0.contender > one.contender && $0.from < one.until && one.from < $0.until }
            }
            #expect(ledger.overlaps.isEmpty == !meets, "seed \(seed)")
        }
    }
}
