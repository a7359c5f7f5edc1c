import NIOCore

/// One connection of a loop: dialled when needed, to the next controller when one fails.
final class Lane {
    enum State: Sendable, Hashable {
        case closed, queued, dialing, loggingIn, open
        /// Not dialled any more.
        case abandoned
    }

    let index: Int32
    /// Holds this in turn, until it is stopped: what happens on a connection after that must still find its loop.
    let loop: LoadLoop
    /// The login's parameters as JSON.
    let login: [UInt8]
    /// Agents must show that they live.
    let isAgent: Bool
    private(set) var state = State.closed
    /// Which controller comes next; the first one differs from connection to connection.
    private var position: Int
    private var failures = 0
    private var attempts = 0
    private var generation: UInt32 = 0
    private var handler: LaneHandler?
    private var dialBegan: Instant?

    /// The calls without an answer, as the call table lists them.
    var firstCall: Int32 = -1
    /// How many they are.
    var unanswered = 0
    /// Of them, those that wait for a lease.
    var waits = 0
    /// Calls nobody here waits for any more, by their ids: the controller goes on with them until it answers.
    private var forgotten: Set<UInt64> = []
    var lastAnswer = Instant(nanoseconds: 0)
    var outgoing = ByteBuffer()
    var isDirty = false
    private(set) var hasBeenOpen = false
    /// How long the last connection took to make, with TLS and login.
    private(set) var dialTook = TimeSpan.zero

    init(_ index: Int32, loop: LoadLoop, first position: Int, login: [UInt8], isAgent: Bool) {
        self.index = index
        self.loop = loop
        self.position = position
        self.login = login
        self.isAgent = isAgent
    }

    var isOpen: Bool { self.state == .open }

    /// A controller stops reading a connection with 1,024 requests it has not answered; some room is for the rest.
    static let mostInFlight = 900

    /// Whether the controller would read one more call at once.
    var hasRoom: Bool { self.unanswered + self.forgotten.count < Self.mostInFlight }

    /// Nobody waits for the call's answer any more.
    func forget(_ id: UInt64) { self.forgotten.insert(id) }

    /// The answer nobody waited for came; false for one that was not forgotten.
    func remembers(_ id: UInt64) -> Bool { self.forgotten.remove(id) != nil }

    // MARK: Making it

    /// Asks to be dialled when it is its turn.
    func dial(now: Instant) {
        guard self.state == .closed else { return }
        self.state = .queued
        self.dialBegan = now
        self.loop.dialQueue.append(self.index)
        self.loop.dialNext(now)
    }

    /// It is its turn.
    func connect(now: Instant) {
        self.state = .dialing
        self.attempts += 1
        let settings = self.loop.settings
        let handler = LaneHandler(self)
        self.handler = handler
        let bound = NIOLoopBound((self, handler), eventLoop: self.loop.eventLoop)
        Endpoint.connect(
            settings.controllers[self.position % settings.controllers.count],
            settings,
            on: self.loop.eventLoop
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(bound.value.1)
            }
        }.whenComplete { result in
            let (lane, handler) = bound.value
            guard lane.handler === handler else {
                if case .success(let channel) = result { channel.close(promise: nil) }
                return
            }
            switch result {
            case .success: lane.connected(now: .now)
            case .failure(let error): lane.failed("\(error)", now: .now)
            }
        }
    }

    private func connected(now: Instant) {
        guard self.state == .dialing else { return }
        self.state = .loggingIn
        let place = self.loop.send(
            .login,
            on: self,
            owner: self.index,
            intended: now,
            timeout: self.loop.settings.dialTimeout,
            now: now
        )
        if place == nil { self.failed("too many calls", now: now) }
        self.loop.endTurn(now)
    }

    func loggedIn(now: Instant) {
        guard self.state == .loggingIn else { return }
        self.state = .open
        self.failures = 0
        self.attempts = 0
        self.hasBeenOpen = true
        self.dialTook = now - (self.dialBegan ?? now)
        self.loop.openLanes += 1
        self.loop.dialDone(now)
        if self.isAgent { self.arm(now + Self.pingInterval) }
        self.loop.workload?.opened(self.index, now: now)
    }

    func loginFailed(_ reason: String, now: Instant) { self.failed("login: \(reason)", now: now) }

    /// The attempt to make it failed: the next one goes to the next controller, after a pause.
    private func failed(_ reason: String, now: Instant) {
        guard self.state == .dialing || self.state == .loggingIn else { return }
        self.loop.lastDialFailure = reason
        self.handler?.close()
        self.handler = nil
        self.loop.dialDone(now)
        self.failAll(reason, now: now)
        if let most = self.loop.settings.dialAttempts, self.attempts >= most {
            self.state = .abandoned
            self.loop.workload?.abandoned(self.index, reason: reason, now: now)
        } else {
            self.comeBack(now: now)
        }
        self.loop.endTurn(now)
    }

    private func comeBack(now: Instant) {
        self.state = .closed
        self.position += 1
        let full = min(TimeSpan.milliseconds(50) * (1 << min(self.failures, 6)), .seconds(2))
        self.failures += 1
        self.arm(now + full * Double.random(in: 0.5...1, using: &self.loop.random))
    }

    // MARK: Keeping it

    private static let pingInterval = TimeSpan.seconds(60)

    private func arm(_ due: Instant) {
        self.generation &+= 1
        self.loop.schedule(.lane, self.index, generation: self.generation, at: due)
    }

    func fired(generation: UInt32, now: Instant) {
        guard generation == self.generation else { return }
        switch self.state {
        case .closed: self.dial(now: now)
        case .open:
            self.loop.send(
                .ping,
                on: self,
                owner: self.index,
                intended: now,
                timeout: .seconds(30),
                now: now
            )
            self.arm(now + Self.pingInterval)
        case .queued, .dialing, .loggingIn, .abandoned: break
        }
    }

    /// Writes everything at once.
    func flush() {
        self.isDirty = false
        guard self.outgoing.readableBytes > 0 else { return }
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        self.handler?.send(bytes)
    }

    // MARK: Losing it

    /// Gives the connection up: it does not do any more.
    func drop(now: Instant) {
        self.handler?.close()
        self.lost(now: now)
    }

    /// The connection is gone.
    func lost(now: Instant) {
        switch self.state {
        case .dialing, .loggingIn: self.failed("the connection was closed", now: now)
        case .open:
            self.handler = nil
            self.loop.openLanes -= 1
            self.state = .closed
            self.failAll("connection lost or not made", now: now)
            self.comeBack(now: now)
            self.loop.endTurn(now)
        case .closed, .queued, .abandoned: break
        }
    }

    /// Not to be dialled again.
    func close() {
        if self.state == .open { self.loop.openLanes -= 1 }
        self.state = .abandoned
        self.handler?.close()
        self.handler = nil
    }

    private func failAll(_ reason: String, now: Instant) {
        self.outgoing = ByteBuffer()
        self.forgotten.removeAll()
        while self.firstCall >= 0 {
            let call = self.loop.take(self.firstCall)
            guard call.operation != .login else { continue }
            self.loop.fail(call, CallFailure(kind: .connectionLost, reason: reason), now)
        }
    }
}

extension LoadLoop {
    /// Dials as many as may be dialled at a time.
    func dialNext(_ now: Instant) {
        while self.dialing < self.settings.dials, self.nextDial < self.dialQueue.count, !self.isStopped {
            let lane = self.lanes[Int(self.dialQueue[self.nextDial])]
            self.nextDial += 1
            if self.nextDial == self.dialQueue.count {
                self.dialQueue.removeAll(keepingCapacity: true)
                self.nextDial = 0
            }
            guard lane.state == .queued else { continue }
            self.dialing += 1
            lane.connect(now: now)
        }
    }

    /// One of those being dialled is, or is not, and another may be.
    func dialDone(_ now: Instant) {
        self.dialing -= 1
        self.dialNext(now)
    }
}
