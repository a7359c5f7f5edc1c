import Testing

@testable import APIServerManifold

@Suite struct FreeWaitTests {
    @Test("waits ask again ever less often, up to a second, and not before an overloaded lease manager wishes")
    func pauses() {
        func pause(_ failures: Int, hint: UInt64? = nil, chance: Double = 1) -> Duration {
            FreeWait.pause(.milliseconds(100), failures: failures, hint: hint, chance: chance)
        }
        #expect((0..<6).map { pause($0) } == [100, 200, 400, 800, 1_000, 1_000].map { .milliseconds($0) })
        #expect(pause(.max) == .seconds(1))
        #expect(pause(4, chance: 0.5) == .milliseconds(500))
        #expect(pause(0, hint: 3_000) == .seconds(3))
        #expect(pause(0, hint: 3_000, chance: 0.5) == .milliseconds(4_500))
        #expect(pause(4, hint: 0) == .seconds(1))
        #expect(pause(0, hint: .max) == .seconds(60))
    }
}
