import Testing

@testable import DependencyEngine

@Suite struct MachineCrashTests {
    private func chain() throws -> MachineRig {
        var rig = try MachineRig([
            declare("a", policy: .exact()), declare("b", needs: ["a"], policy: .exact()),
            declare("c", needs: ["b"], policy: .exact()), declare("watcher", deferred: ["a"]),
        ])
        rig.started("a", "b", "c", "watcher")
        _ = rig.take()
        return rig
    }

    @Test("a crash empties the handles first, then asks dependents to stop, leaf to root")
    func order() throws {
        var rig = try self.chain()
        rig.failed("a")
        #expect(rig.take() == ["retract a", "retract c", "stop c"])
        #expect(rig.state("b") == .stopping)
        rig.ended("c")
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b")
        rig.advance(.seconds(1))
        #expect(rig.take() == ["start a"])
        rig.started("a")
        rig.started("b")
        rig.started("c")
        #expect(rig.take() == ["publish a", "start b", "publish b", "start c", "publish c"])
        #expect(rig.node("watcher").generation == 1, "a deferred input bounces nobody")
    }

    @Test("the crashed one starts again when both its back-off and its dependents' stops are over")
    func both() throws {
        var rig = try self.chain()
        rig.failed("a")
        rig.advance(.seconds(3))
        #expect(!rig.take().contains("start a"))
        rig.ended("c")
        _ = rig.take()
        rig.ended("b")
        #expect(rig.take() == ["start a"])
    }

    @Test("errors of dependents after a crash of their input are not charged, even before they were asked")
    func uncharged() throws {
        var rig = try self.chain()
        rig.failed("a")
        rig.failed("b")
        rig.failed("c")
        rig.advance(.seconds(1))
        rig.started("a")
        rig.started("b")
        rig.started("c")
        #expect(rig.node("b").failureCount == 0)
        #expect(rig.node("c").failureCount == 0)
        #expect(rig.node("a").failureCount == 1)
        #expect(rig.state("c") == .ready)
    }

    @Test("a failing input restarts once, and so does each dependent")
    func onceEach() throws {
        var rig = try self.chain()
        rig.failed("a")
        rig.ended("c")
        rig.ended("b")
        rig.advance(.seconds(1))
        rig.started("a")
        rig.started("b")
        rig.started("c")
        rig.advance(.seconds(600))
        #expect(["a", "b", "c"].map { rig.node($0).generation } == [2, 2, 2])
    }

    @Test("an injected failure is a crash: charged, handles emptied, and the worker itself asked to end")
    func injected() throws {
        var rig = try self.chain()
        rig.send(.fail(rig.id("a"), MachineFailure(Broken())))
        #expect(rig.take() == ["retract a", "retract c", "stop c", "stop a"])
        #expect(rig.node("a").failureCount == 1)
        rig.advance(.seconds(2))
        rig.ended("c")
        rig.ended("b")
        #expect(!rig.take().contains("start a"), "the failed instance still runs")
        rig.ended("a", error: Broken())
        #expect(rig.take() == ["start a"])
        #expect(rig.node("a").failureCount == 1)
    }

    @Test("two crashes on one path at the same time both back off and come back in order")
    func two() throws {
        var rig = try self.chain()
        rig.failed("b")
        rig.failed("a")
        rig.ended("c")
        rig.advance(.seconds(1))
        rig.started("a")
        #expect(rig.state("b") == .starting)
        rig.started("b")
        rig.started("c")
        #expect(rig.state("c") == .ready)
        #expect(rig.node("b").failureCount == 1)
    }
}
