import NIOCore
import Testing

@testable import RPC

@Suite("The rules of an RPC connection")
struct RPCSessionStateMachineTests {
    private let message = ByteBuffer(string: "0123456789")

    @Test("beyond the limit requests are kept, reading is held, and both go on as answers are written")
    func backPressure() {
        var machine = RPCSessionStateMachine(maximumRunning: 2, maximumBytes: 1_000)
        #expect(machine.received(self.message) == .handle)
        #expect(machine.readRequested() == true)
        #expect(machine.received(self.message) == .handle)
        #expect(machine.readRequested() == false)
        #expect(machine.received(self.message) == .keep)
        #expect(machine.answered(bytes: 10) == .handle(self.message))
        #expect(machine.answered(bytes: 10) == .read)
        #expect(machine.answered(bytes: 10) == .nothing)
        #expect(machine.readRequested() == true)
    }

    @Test("large requests fill a connection before many do, but one is always taken")
    func bytes() {
        var machine = RPCSessionStateMachine(maximumRunning: 100, maximumBytes: 5)
        #expect(machine.received(self.message) == .handle)
        #expect(machine.received(self.message) == .keep)
        #expect(machine.answered(bytes: 10) == .handle(self.message))
    }

    @Test("a client that does not read its answers is not read, and what came already is kept")
    func slowReader() {
        var machine = RPCSessionStateMachine(maximumRunning: 2, maximumBytes: 1_000)
        machine.writabilityChanged(to: false)
        #expect(machine.received(self.message) == .keep)
        #expect(machine.readRequested() == false)
        #expect(machine.isReadHeld)
        #expect(machine.next() == .nothing)
        machine.writabilityChanged(to: true)
        #expect(machine.next() == .handle(self.message))
        #expect(machine.next() == .read)
        #expect(machine.next() == .nothing)
        #expect(machine.readRequested() == true)
    }

    @Test("draining answers what runs, refuses the rest, and closes after the last answer")
    func draining() {
        var machine = RPCSessionStateMachine(maximumRunning: 1, maximumBytes: 1_000)
        #expect(machine.received(self.message) == .handle)
        #expect(machine.received(self.message) == .keep)
        let (closeNow, refused) = machine.drain()
        #expect(!closeNow)
        #expect(refused == [self.message])
        #expect(machine.received(self.message) == .refuse)
        #expect(machine.answered(bytes: 10) == .close)
        #expect(machine.isClosing)
        #expect(machine.received(self.message) == .ignore)
    }

    @Test("draining an idle connection closes it at once, and once")
    func drainingIdle() {
        var machine = RPCSessionStateMachine(maximumRunning: 1, maximumBytes: 1_000)
        #expect(machine.drain().closeNow == true)
        #expect(machine.drain().closeNow == false)
        #expect(machine.close() == false)
    }

    @Test("once closing, the close frame of the other end is still read")
    func closing() {
        var machine = RPCSessionStateMachine(maximumRunning: 1, maximumBytes: 1_000)
        _ = machine.received(self.message)
        #expect(machine.readRequested() == false)
        #expect(machine.close() == true)
        #expect(machine.readRequested() == true)
    }
}
