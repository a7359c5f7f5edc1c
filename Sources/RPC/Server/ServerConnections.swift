import NIOCore

/// A connection that belongs to the server, as the server looks after it. Used on the connection's event loop only.
protocol ServerConnection: AnyObject {
    /// Time has passed: close what waited too long, ping what is silent.
    func tick(now: NIODeadline)
    /// Answer what runs, take nothing new, close.
    func drain()
    /// Close now; what runs is not answered.
    func abort()
    /// Close without any ceremony.
    func cut()
    /// Keeps an answer to be sent; true when it is the first since `sendAnswers`.
    func keep(_ answer: RPCSession.Answer) -> Bool
    /// Sends the answers kept, in one flush.
    func sendAnswers()
}

extension ServerConnection {
    func keep(_ answer: RPCSession.Answer) -> Bool { false }
    func sendAnswers() {}
}

/// The connections of one event loop, which alone touches them: no lock.
///
/// Answers come to all of them through one outbox: however many threads answer however many connections, the loop is
/// woken once, and each connection flushes once.
final class ServerConnections {
    /// The outbox must not keep alive what keeps it alive.
    private struct Target {
        weak var connections: ServerConnections?
    }

    /// Where answers are put, from any thread; alive as long as the loop's connections.
    let outbox: Outbox<RPCSession.Answer>
    /// Where messages are put together before their length is known; used again and again.
    var scratch = ByteBuffer()
    private var connections: [UInt64: any ServerConnection] = [:]
    private var waiting: [EventLoopPromise<Void>] = []
    /// True once the server stops; whoever comes later is drained at once.
    private(set) var isDraining = false

    /// To be called on `eventLoop`.
    init(eventLoop: any EventLoop) {
        let target = NIOLoopBoundBox(Target(), eventLoop: eventLoop)
        self.outbox = Outbox(eventLoop: eventLoop) { target.value.connections?.deliver($0) }
        target.value.connections = self
    }

    private func deliver(_ answers: [RPCSession.Answer]) {
        var answered: [any ServerConnection] = []
        for answer in answers {
            // A connection that is gone needs no answer.
            guard let connection = self.connections[answer.connection] else { continue }
            if connection.keep(answer) { answered.append(connection) }
        }
        for connection in answered { connection.sendAnswers() }
        // Room for one long list is not kept for ever.
        if self.scratch.capacity > 1 << 18 { self.scratch = ByteBuffer() }
    }

    /// Takes `connection` in, or replaces the one with the same id.
    func insert(_ connection: any ServerConnection, id: UInt64) { self.connections[id] = connection }

    func contains(id: UInt64) -> Bool { self.connections[id] != nil }

    /// Forgets a connection; the last one to go ends the waiting for it.
    func remove(id: UInt64) {
        self.connections[id] = nil
        if self.connections.isEmpty { self.forgetWaiting() }
    }

    /// Nobody waits any longer for the last connection to go.
    func forgetWaiting() {
        for promise in self.waiting { promise.succeed() }
        self.waiting = []
    }

    func tick(now: NIODeadline) {
        for connection in Array(self.connections.values) { connection.tick(now: now) }
    }

    /// Drains all; completes `promise` when none is left.
    func drain(_ promise: EventLoopPromise<Void>) {
        self.isDraining = true
        guard !self.connections.isEmpty else {
            promise.succeed()
            return
        }
        self.waiting.append(promise)
        for connection in Array(self.connections.values) { connection.drain() }
    }

    func abort() {
        for connection in Array(self.connections.values) { connection.abort() }
    }

    func cut() {
        for connection in Array(self.connections.values) { connection.cut() }
    }
}
