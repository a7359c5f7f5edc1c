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
}

/// The connections of one event loop, which alone touches them: no lock.
final class ServerConnections {
    private var connections: [UInt64: any ServerConnection] = [:]
    private var waiting: [EventLoopPromise<Void>] = []
    /// True once the server stops; whoever comes later is drained at once.
    private(set) var isDraining = false

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
