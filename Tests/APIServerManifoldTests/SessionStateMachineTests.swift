import NIOCore
import Testing

@testable import APIServerManifold

@Suite struct SessionStateMachineTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func machine() -> APISession.StateMachine {
        APISession.StateMachine(limits: SessionLimits(), now: self.start)
    }

    @Test("a connection that never logs in is closed")
    func noLogin() {
        let machine = self.machine()
        #expect(machine.timerFired(now: self.start) == .sleep(until: self.start + .seconds(30)))
        #expect(machine.timerFired(now: self.start + .seconds(30)) == .closeConnection("no login in time"))
    }

    @Test("a user may be silent for ever")
    func silentUser() throws {
        var machine = self.machine()
        machine.loggedIn(as: try #require(EntityTag("user-admin")), now: self.start)
        #expect(machine.timerFired(now: self.start + .hours(100)) == .none)
    }

    @Test("an agent must ping every three minutes")
    func silentAgent() throws {
        var machine = self.machine()
        machine.loggedIn(as: try #require(EntityTag("unit-mysql-0")), now: self.start)
        #expect(machine.timerFired(now: self.start + .seconds(179)) == .sleep(until: self.start + .minutes(3)))
        machine.pinged(now: self.start + .seconds(179))
        #expect(machine.timerFired(now: self.start + .minutes(3)) == .sleep(until: self.start + .seconds(359)))
        #expect(machine.timerFired(now: self.start + .seconds(359)) == .closeConnection("no ping in time"))
    }

    @Test("a ping before login buys no time")
    func earlyPing() {
        var machine = self.machine()
        machine.pinged(now: self.start + .seconds(29))
        #expect(machine.timerFired(now: self.start + .seconds(30)) == .closeConnection("no login in time"))
    }

    @Test("the tenth failed login is one too many")
    func failedLogins() {
        var machine = self.machine()
        let answers = (1...10).map { _ in machine.loginFailed() }
        #expect(answers == Array(repeating: false, count: 9) + [true])
    }

    @Test("only the first login counts")
    func secondLogin() throws {
        var machine = self.machine()
        machine.loggedIn(as: try #require(EntityTag("user-admin")), now: self.start)
        machine.loggedIn(as: try #require(EntityTag("user-other")), now: self.start)
        #expect(machine.caller == EntityTag("user-admin"))
    }

    @Test("closing gives back every call under way and takes no more")
    func closing() async throws {
        var machine = self.machine()
        let task = Task {}
        let numbers = (1...3).compactMap { _ in machine.callBegins(isWait: false) }
        try #require(numbers.count == 3)
        let started = numbers[0...1].map { machine.callStarted($0, .cancel(task)) }
        #expect(started == [true, true])
        machine.callEnded(numbers[1])
        #expect(machine.callsUnderWay == 2)
        let cancelled = machine.connectionClosed()
        #expect(cancelled.map(\.task) == [task])
        let late = (machine.callStarted(numbers[2], .cancel(task)), machine.callBegins(isWait: false))
        #expect(late == (false, nil))
        #expect(machine.caller == nil)
        #expect(machine.callsUnderWay == 0)
    }

    @Test("a call that ends before its task is known leaves nothing behind")
    func quickCall() throws {
        var machine = self.machine()
        let begun = machine.callBegins(isWait: false)
        let number = try #require(begun)
        machine.callEnded(number)
        let isOpen = machine.callStarted(number, .cancel(Task {}))
        #expect(isOpen)
        #expect(machine.callsUnderWay == 0)
    }

    @Test("a stop ends waits and leaves other calls alone")
    func stopping() throws {
        var machine = self.machine()
        let (call, wait) = (Task {}, Task {})
        let numbers = [false, true, true].compactMap { machine.callBegins(isWait: $0) }
        try #require(numbers.count == 3)
        let started = [machine.callStarted(numbers[0], .cancel(call)), machine.callStarted(numbers[1], .cancel(wait))]
        #expect(started == [true, true])
        let ended = machine.waitsEnd()
        #expect(ended.map(\.task) == [wait])
        let isStarted = machine.callStarted(numbers[2], .cancel(wait))
        #expect(!isStarted)
        let late = (machine.callBegins(isWait: true), machine.callBegins(isWait: false))
        #expect(late.0 == nil)
        #expect(late.1 != nil)
    }
}

extension APISession.StateMachine.Ending {
    fileprivate var task: Task<Void, Never>? {
        switch self {
        case .cancel(let task): task
        case .answer: nil
        }
    }
}
