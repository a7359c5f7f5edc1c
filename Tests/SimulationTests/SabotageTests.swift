import Simulator
import Testing

/// A check that never fails proves nothing: each of these breaks one rule on purpose and must be seen.
@Suite struct SabotageTests {
    @Test("a vote forgotten in a crash is caught")
    func forgetVote() throws {
        let violation = try #require(self.caught(.forgetVote))
        #expect(violation.contains("voted twice") || violation.contains("both lead term"))
    }

    @Test("a write reported durable before it is, is caught")
    func reportEarly() throws {
        _ = try #require(self.caught(.reportEarly, controllers: 1))
        _ = try #require(self.caught(.reportEarly, controllers: 3))
    }

    @Test("guarantee 2: a lease clock that runs too fast is caught")
    func hastyClock() throws {
        #expect(try #require(self.caught(.hastyClock)).contains("guarantee 2"))
    }

    @Test("guarantee 2: a holder that does not keep to the safe rule is caught")
    func carelessHolder() throws {
        #expect(try #require(self.caught(.carelessHolder)).contains("guarantee 2"))
    }

    @Test("guarantee 3: an operation that is applied twice is caught")
    func forgetResults() throws {
        let violation = try #require(self.caught(.forgetResults))
        let words = ["when repeated", "should have expired", "resolved to never", "instead of", "when it", "ends at"]
        #expect(words.contains { violation.contains($0) }, "\(violation)")
    }

    @Test("guarantee 3: a machine that takes the wrong operation out of use is caught")
    func resolveOther() throws {
        #expect(try #require(self.caught(.resolveOther)).contains("guarantee 3"))
    }

    @Test("guarantee 3: a machine that forgets those an extension stood for is caught")
    func forgetCovers() throws {
        _ = try #require(self.caught(.forgetCovers))
    }

    @Test("guarantee 3: a leader that says never without knowing is caught")
    func hurriedNever() throws {
        #expect(try #require(self.caught(.hurriedNever)).contains("answered never"))
    }

    @Test("a machine that grants less than the leader promised is caught")
    func ignoreStretch() throws {
        #expect(try #require(self.caught(.ignoreStretch)).contains("was granted"))
    }

    @Test("a lease clock that falls behind its leader's is caught")
    func laggingClock() throws {
        #expect(try #require(self.caught(.laggingClock)).contains("lags"))
    }

    @Test("guarantee 1: a held lease that is granted to another is caught")
    func grantHeld() throws {
        #expect(try #require(self.caught(.grantHeld)).contains("guarantee 1"))
    }

    @Test("guarantee 4: a pinned lease that expires is caught")
    func expirePinned() throws {
        #expect(try #require(self.caught(.expirePinned)).contains("guarantee 4"))
    }

    /// The first violation among a hundred seeds.
    private func caught(_ sabotage: Sabotage, controllers: Int? = nil) -> String? {
        for seed in 1...100 as ClosedRange<UInt64> {
            let options = SimulationOptions(
                seed: seed,
                controllers: controllers,
                virtualSeconds: 30,
                sabotage: sabotage
            )
            if let violation = Simulation.run(options).violation { return violation.description }
        }
        return nil
    }
}
