import Leases
import Testing

/// Storms of ten times the capacity and what comes after them: three controllers in virtual time, the leader taking 32
/// operations every 20 ms.
@Suite struct QueueStormTests {
    /// What is offered, and from how many leases the extensions come: each has one extension open at most.
    struct Mix: Sendable, CustomTestStringConvertible {
        var claims: Double
        var critical: Double
        var leases: Int
        /// Extensions alone are fewer than can be served.
        var fits: Bool

        var testDescription: String { "\(self.claims) claims, \(self.critical) critical, \(self.leases) leases" }
    }

    private static let claim = OperationClass.claim.rawValue
    private static let extend = OperationClass.extend.rawValue
    private static let critical = OperationClass.critical.rawValue

    private func model(_ mix: Mix, _ words: String) -> (StormModel, UInt64) {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of \(words), \(mix.testDescription): \(seed)")
        return (StormModel(seed: seed, leases: mix.leases, claims: mix.claims, critical: mix.critical), seed)
    }

    private func sum(_ tenths: ArraySlice<StormModel.Tenth>, _ count: KeyPath<StormModel.Tenth, [Int]>) -> Int {
        tenths.reduce(0) { $0 + $1[keyPath: count].reduce(0, +) }
    }

    /// The goodput of each whole second.
    private func seconds(_ tenths: ArraySlice<StormModel.Tenth>) -> [Int] {
        stride(from: tenths.startIndex, to: tenths.endIndex - 9, by: 10).map { first in
            tenths[first..<first + 10].reduce(0) { $0 + $1.goodput }
        }
    }

    private func p99(_ tenths: ArraySlice<StormModel.Tenth>) -> Int {
        LoadModel.Tally.percentile(0.99, of: tenths.flatMap(\.waits))
    }

    @Test(
        "guarantee 5: within a second of a storm's end nothing is refused, and who comes waits no longer than before it",
        arguments: [
            Mix(claims: 1, critical: 0, leases: 1, fits: true),
            Mix(claims: 0.96, critical: 0.01, leases: 1_500, fits: true),
            Mix(claims: 0.7, critical: 0.01, leases: 1_500, fits: false),
            Mix(claims: 0.7, critical: 0.01, leases: 60_000, fits: false),
        ]
    )
    func stepDown(mix: Mix) {
        var (model, seed) = self.model(mix, "the step down")
        let before = model.run(seconds: 4, rate: 0.3 * StormModel.capacity)
        #expect(self.sum(before, \.refused) == 0, "seed \(seed)")
        let storm = model.run(seconds: 15, rate: 10 * StormModel.capacity)
        #expect(
            self.seconds(storm.dropFirst(10)).allSatisfy { Double($0) >= 0.95 * StormModel.capacity },
            "seed \(seed)"
        )
        #expect(storm.allSatisfy { $0.refused[Self.critical] == 0 }, "seed \(seed)")
        #expect(self.sum(storm, \.expired) == 0, "seed \(seed)")
        if mix.fits {
            #expect(storm.allSatisfy { $0.refused[Self.extend] == 0 } && model.lost.isEmpty, "seed \(seed)")
        }
        let after = model.run(seconds: 8, rate: 0.3 * StormModel.capacity)
        let lastRefused = after.lastIndex { $0.refused[Self.claim] + $0.refused[Self.extend] > 0 }
        print(
            "refused until \(lastRefused.map { $0 - after.startIndex + 1 } ?? 0) tenths after, p99",
            "\(self.p99(before.dropFirst(20))), then \(self.p99(after.dropFirst(10))), level in the storm",
            storm.last?.lowestLevel ?? 0
        )
        #expect(self.sum(after.dropFirst(10), \.refused) == 0, "seed \(seed)")
        #expect(self.sum(after, \.expired) == 0, "seed \(seed)")
        #expect(after.dropFirst(10).allSatisfy { $0.lowestLevel == 128 }, "seed \(seed)")
        #expect(self.p99(after.dropFirst(10).prefix(10)) <= 2 * self.p99(before.dropFirst(20)), "seed \(seed)")
    }

    @Test("guarantee 5: in a steady storm of extensions the same leases are refused throughout, and capacity is used")
    func steady() {
        var (model, seed) = self.model(
            Mix(claims: 0.7, critical: 0.01, leases: 60_000, fits: false),
            "the steady storm"
        )
        _ = model.run(seconds: 15, rate: 10 * StormModel.capacity)
        let storm = model.run(seconds: 15, rate: 10 * StormModel.capacity)
        let levels = storm.map(\.lowestLevel)
        print("levels \(levels.min() ?? 0)...\(levels.max() ?? 0)")
        #expect(storm.allSatisfy { $0.flips == 0 }, "seed \(seed)")
        #expect((levels.max() ?? 128) - (levels.min() ?? 0) <= 24, "seed \(seed)")
        // Of 128 levels about 38 fit.
        #expect((levels.min() ?? 0) >= 24 && (levels.max() ?? 128) <= 56, "seed \(seed)")
        #expect(self.seconds(storm).allSatisfy { Double($0) >= 0.95 * StormModel.capacity }, "seed \(seed)")
    }

    @Test("after a silence every extension is taken, whatever was given up before it")
    func silence() {
        var queue = OperationQueue<Job>()
        var now = Duration.seconds(100)
        var number = 0
        while queue.load(now: now).extendLevel == 128, number < 100_000 {
            for _ in 0..<30 {
                number += 1
                queue.put(
                    number,
                    .of(.extend, id: number, lease: number, ends: now + .seconds(600), deadline: now + .seconds(3)),
                    lease: number,
                    now: now
                )
            }
            now += .milliseconds(50)
            _ = queue.numbers(10, now: now)
            _ = queue.takeAnswered()
        }
        func another() -> Arrival {
            number += 1
            return .of(
                .extend,
                id: number,
                lease: number,
                level: 127,
                ends: now + .seconds(600),
                deadline: now + .seconds(3)
            )
        }
        #expect(queue.put(0, another(), now: now) == false)
        // All at once: there is no second seal from which anything could be learnt.
        _ = queue.numbers(100_000, bytes: 1 << 30, now: now + .milliseconds(1))
        #expect(queue.load(now: now + .milliseconds(1)).extendLevel < 128)
        now += .seconds(2)
        #expect(queue.load(now: now).extendLevel == 128)
        #expect(queue.put(0, another(), now: now) == true)
    }
}
