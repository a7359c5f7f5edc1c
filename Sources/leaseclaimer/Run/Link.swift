import HoldfastClient
import Synchronization

/// One connection kept by one contender or shared by many: made when needed, to the next controller when one fails.
actor Link {
    private let dialer: LeaseClient
    private let addresses: [String]
    private let dialTimeout: Duration
    /// Which controller comes next; the first one differs from link to link.
    private var position: Int
    private var current: ControllerConnection?
    private var dialing: Task<ControllerConnection, any Error>?
    /// When the last answer came, in nanoseconds since `epoch`.
    private nonisolated let lastAnswer = Atomic<Int64>(0)
    private nonisolated let epoch = ContinuousClock.now

    /// - Parameter dialer: Only makes connections, so that all of them share its TLS settings.
    init(dialer: LeaseClient, first: Int, dialTimeout: Duration) {
        self.dialer = dialer
        self.addresses = dialer.configuration.controllers
        self.position = first
        self.dialTimeout = dialTimeout
    }

    /// The connection in use, or a new one: one attempt at one controller, which callers at the same time share.
    ///
    /// - Throws: `LeaseClientError`; the next call tries the next controller.
    func connection() async throws -> ControllerConnection {
        if let current = self.current {
            if current.isOpen { return current }
            self.drop(current)
        }
        if let dialing = self.dialing { return try await dialing.value }
        let address = self.addresses[self.position % self.addresses.count]
        let task = Task { [dialer, dialTimeout] in
            try await Self.dial(address, with: dialer, within: dialTimeout)
        }
        self.dialing = task
        let result = await task.result
        self.dialing = nil
        switch result {
        case .success(let connection):
            self.current = connection
            return connection
        case .failure(let error):
            self.position += 1
            throw error
        }
    }

    /// The controller said something on the connection in use. Thread-safe, and cheap: called for every answer.
    nonisolated func answered() {
        self.lastAnswer.store(self.nanoseconds(at: .now), ordering: .relaxed)
    }

    /// A call sent at `sent` was not answered in time: a connection on which nothing else was answered either is given up.
    ///
    /// One on which others get answers is only slow, and leaving it would take theirs along.
    func dropIfSilent(_ connection: ControllerConnection, since sent: Instant) {
        guard self.lastAnswer.load(ordering: .relaxed) < self.nanoseconds(at: sent) else { return }
        self.drop(connection)
    }

    private nonisolated func nanoseconds(at instant: Instant) -> Int64 {
        let (seconds, attoseconds) = (instant - self.epoch).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The connection did not do: the next one goes to the next controller.
    func drop(_ connection: ControllerConnection) {
        guard self.current === connection else { return }
        self.current = nil
        self.position += 1
        // Owned by nobody: it ends by itself as soon as the other side, or its time, lets it.
        Task { await connection.close() }
    }

    /// Closes for good.
    func close() async {
        self.dialing?.cancel()
        await self.current?.close()
        self.current = nil
    }

    private static func dial(
        _ address: String,
        with dialer: LeaseClient,
        within timeout: Duration
    ) async throws -> ControllerConnection {
        try await withThrowingTaskGroup(of: ControllerConnection?.self) { group in
            group.addTask { try await dialer.controller(address) }
            group.addTask {
                try await Task.sleep(for: timeout, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let connection = first else {
                throw LeaseClientError(.timedOut, "\(address) does not answer in time")
            }
            return connection
        }
    }
}
