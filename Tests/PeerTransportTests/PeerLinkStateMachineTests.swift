import Testing

@testable import PeerTransport

@Suite struct PeerLinkStateMachineTests {
    typealias Machine = PeerLink.StateMachine

    @Test("a failed attempt is followed by a pause and another attempt, the pause growing")
    func retries() {
        var machine = Machine()
        #expect(machine.start() == .dial)
        #expect(machine.lost() == .pause(failures: 1))
        #expect(machine.wake() == .dial)
        #expect(machine.lost() == .pause(failures: 2))
    }

    @Test("a connection that was never welcomed counts as a failure when it ends, a welcomed one starts anew")
    func welcome() {
        var machine = Machine()
        _ = machine.start()
        _ = machine.lost()
        _ = machine.wake()
        #expect(machine.dialled() == .none)
        #expect(machine.isConnected)
        #expect(machine.lost() == .pause(failures: 2))
        _ = machine.wake()
        _ = machine.dialled()
        machine.welcomed()
        #expect(machine.lost() == .pause(failures: 1))
    }

    @Test("waking while dialling or connected does nothing")
    func wake() {
        var machine = Machine()
        #expect(machine.wake() == .none)
        _ = machine.start()
        #expect(machine.wake() == .none)
        _ = machine.dialled()
        #expect(machine.wake() == .none)
    }

    @Test("nothing is dialled after a close, and a connection that comes too late is closed")
    func close() {
        var machine = Machine()
        _ = machine.start()
        #expect(machine.close() == .none)
        #expect(machine.dialled() == .closeChannel)
        #expect(machine.lost() == .none)
        #expect(machine.wake() == .none)
        #expect(machine.start() == .none)
    }
}
