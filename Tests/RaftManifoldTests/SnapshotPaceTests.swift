import Testing

@testable import RaftManifold

@Suite struct SnapshotPaceTests {
    @Test("entries are small while a snapshot is encoded and for as long again, and as large as allowed otherwise")
    func small() {
        var pace = SnapshotPace()
        #expect(pace.operations(limit: 4_096, now: .seconds(1)) == 4_096)
        pace.begin(now: .seconds(10))
        #expect(pace.operations(limit: 4_096, now: .seconds(12)) == SnapshotPace.operations)
        #expect(pace.operations(limit: 7, now: .seconds(12)) == 7)
        pace.end(now: .seconds(13))
        #expect(pace.operations(limit: 4_096, now: .milliseconds(15_999)) == SnapshotPace.operations)
        #expect(pace.operations(limit: 4_096, now: .seconds(16)) == 4_096)
        // One that was never begun ends nothing.
        pace.end(now: .seconds(20))
        #expect(pace.operations(limit: 4_096, now: .seconds(20)) == 4_096)
    }
}
