import Testing

@testable import leaseclaimer

@Suite struct JujuTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func at(_ milliseconds: Int) -> Instant { self.start + .milliseconds(milliseconds) }

    @Test("a unit claims, renews, is denied, blocks and claims again")
    func life() {
        var holder = JujuHolder()
        #expect(holder.handle(.ready, now: self.at(0))?.step == .claim)
        let granted = holder.handle(.granted, now: self.at(10))
        #expect(granted?.step == .rest && granted?.note == .claimed)
        #expect(holder.handle(.ready, now: self.at(5_000))?.step == .claim)
        #expect(holder.handle(.granted, now: self.at(5_010))?.note == .extended(.seconds(5)))
        #expect(holder.handle(.ready, now: self.at(9_000))?.step == .claim)
        let lost = holder.handle(.denied, now: self.at(9_010))
        #expect(lost?.step == .block && lost?.note == .lost(.seconds(9)))
        let released = holder.handle(.released, now: self.at(12_000))
        #expect(released?.step == .claim && released?.note == .unblocked)
        #expect(holder.handle(.denied, now: self.at(12_010))?.note == .denied)
    }

    @Test("any error ends a unit")
    func errors() {
        var holder = JujuHolder()
        _ = holder.handle(.ready, now: self.at(0))
        let failed = holder.handle(.failed("lease error"), now: self.at(1))
        #expect(failed?.step == .end && failed?.note == .claimFailed("lease error"))
        #expect(holder.handle(.ready, now: self.at(2)) == nil)
    }

    func lines(_ form: LineWriter.Form, _ body: (LineWriter) -> Void) -> [String] {
        var lines: [String] = []
        let writer = LineWriter(
            form,
            prefix: "",
            start: self.start,
            claimTime: .seconds(60),
            renewTime: .seconds(30)
        ) { line, isError in lines.append((isError ? "! " : "") + line) }
        body(writer)
        return lines
    }

    func everything(_ writer: LineWriter) {
        let now = self.at(12_345)
        writer.connected("a/0", .milliseconds(45), pid: 123, at: now)
        writer.claimed("a", "a/0", .milliseconds(5), at: now)
        writer.extended("a", "a/0", .milliseconds(1_500), held: .seconds(90), at: now)
        writer.lost("a", "a/0", held: .seconds(3_600), .milliseconds(7), at: now)
        writer.denied("a", "a/1", .milliseconds(3), at: now)
        writer.unblocked("a", "a/1", .seconds(31), at: now)
        writer.blockFailed("a", "a/1", .seconds(2), "connection is shut down", at: now)
        writer.claimFailed("a", "a/1", .seconds(2), "lease error", at: now)
    }

    @Test("short lines have Juju's columns")
    func quiet() {
        #expect(
            self.lines(.quiet, self.everything) == [
                "   12.345s connected [   123]    1 a/0 in 45ms", "   12.345s claimed  a/0 in 5ms",
                "   12.345s extended a/0 held for 1m30s in 1.5s", "   12.345s lost     a/0 after 1h0m0s in 7ms",
                "!    12.345s blocking for leadership of \"a\" for \"a/1\" failed in 2s with error blocking on leadership"
                    + " release: connection is shut down",
                "!    12.345s claim of \"a\" for \"a/1\" failed in 2s: lease error",
            ]
        )
    }

    @Test("long lines have Juju's words")
    func verbose() {
        let lines = self.lines(.verbose, self.everything)
        #expect(lines.count == 8)
        #expect(
            lines[1] == "   12.345s claimed leadership of \"a\" for \"a/0\" for 1m0s in 5ms, renewing after 30s"
        )
        #expect(
            lines[2]
                == "   12.345s extended leadership of \"a\" for \"a/0\" for 1m0s in 1.5s, held for 1m30s, renewing after 30s"
        )
        #expect(
            lines[3]
                == "   12.345s lost leadership of \"a\" for \"a/0\" after 1h0m0s in 7ms, blocking until released"
        )
        #expect(lines[4] == "   12.345s claim of \"a\" for \"a/1\" denied in 3ms, blocking until released")
        #expect(lines[5] == "   12.345s blocking of \"a\" for \"a/1\" returned after 31s, attempting to claim")
    }

    @Test("units are named as Juju names them")
    func names() {
        #expect(JujuWorkload.application("my-app/12") == "my-app")
        #expect(JujuWorkload.number("my-app/12") == 12)
        #expect(JujuWorkload.tag("my-app/12") == "unit-my-app-12")
    }
}
