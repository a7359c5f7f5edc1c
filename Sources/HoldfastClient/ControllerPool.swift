import NIOCore

/// Keeps one connection to whichever controller answers, and finds another when it is lost.
actor ControllerPool {
    /// How long one controller is waited for before the next one is tried beside it.
    private static let stagger = Duration.milliseconds(500)

    nonisolated let settings: ControllerConnection.Settings
    private var addresses: [String]
    private var current: ControllerConnection?
    private var dialing: Task<ControllerConnection, any Error>?
    private var isClosed = false

    init(_ settings: ControllerConnection.Settings) {
        self.settings = settings
        self.addresses = settings.configuration.controllers.shuffled()
    }

    /// The connection, made if there is none: tries the controllers in turn until `deadline`.
    ///
    /// - Throws: `LeaseClientError` of the last attempt, or `CancellationError`.
    func connection(deadline: ContinuousClock.Instant) async throws -> ControllerConnection {
        var backoff = Backoff()
        while true {
            try Task.checkCancellation()
            guard !self.isClosed else { throw LeaseClientError(.unreachable, "the client is closed") }
            if let current, current.isOpen { return current }
            do {
                return try await self.dial()
            } catch let error as LeaseClientError where error.isTransient {
                let pause = backoff.pause()
                guard ContinuousClock.now + pause < deadline else { throw error }
                try await Task.sleep(for: pause, clock: .continuous)
            }
        }
    }

    /// The connection did not do: the next caller gets one to another controller, if there is one. Calls that wait on it
    /// go on; it closes when the last one is over.
    func leave(_ connection: ControllerConnection) {
        guard self.current === connection else { return }
        self.current = nil
        self.moveToEnd(connection.address)
    }

    /// Closes the connection for good.
    func close() async {
        self.isClosed = true
        self.dialing?.cancel()
        let connection = self.current
        self.current = nil
        await connection?.close()
    }

    private func moveToEnd(_ address: String) {
        guard let index = self.addresses.firstIndex(of: address) else { return }
        self.addresses.append(self.addresses.remove(at: index))
    }

    /// One round over all controllers; callers at the same time share it.
    private func dial() async throws -> ControllerConnection {
        if let dialing { return try await dialing.value }
        let task = Task { [addresses, settings] in try await Self.dial(addresses, settings) }
        self.dialing = task
        let result = await task.result
        self.dialing = nil
        let connection = try result.get()
        guard !self.isClosed else {
            connection.discard()
            throw LeaseClientError(.unreachable, "the client is closed")
        }
        self.current = connection
        return connection
    }

    private enum Event: Sendable {
        case connected(ControllerConnection)
        case failed(any Error)
        case patienceOver
    }

    /// Tries one after the other, the next one as soon as one has failed or keeps us waiting; the first to answer wins.
    private static func dial(
        _ addresses: [String],
        _ settings: ControllerConnection.Settings
    ) async throws -> ControllerConnection {
        try await withThrowingTaskGroup(of: Event.self) { group in
            var waiting = addresses[...]
            var running = 0
            var failures: [any Error] = []
            func startNext() {
                guard let address = waiting.popFirst() else { return }
                running += 1
                group.addTask {
                    do {
                        return .connected(try await ControllerConnection.connect(to: address, settings))
                    } catch {
                        return .failed(error)
                    }
                }
                guard !waiting.isEmpty else { return }
                group.addTask {
                    try? await Task.sleep(for: Self.stagger, clock: .continuous)
                    return .patienceOver
                }
            }
            startNext()
            var winner: ControllerConnection?
            for try await event in group {
                switch event {
                case .connected(let connection):
                    running -= 1
                    if winner == nil {
                        winner = connection
                        group.cancelAll()
                    } else {
                        connection.discard()
                    }
                case .failed(let error):
                    running -= 1
                    failures.append(error)
                    if winner == nil { startNext() }
                case .patienceOver:
                    if winner == nil { startNext() }
                }
                if winner == nil, running == 0, waiting.isEmpty { group.cancelAll() }
            }
            if let winner { return winner }
            throw Self.summary(failures)
        }
    }

    /// What is certain and can be mended goes before what may pass by itself.
    private static func summary(_ failures: [any Error]) -> any Error {
        let errors = failures.compactMap { $0 as? LeaseClientError }
        guard let last = errors.last else { return failures.last ?? CancellationError() }
        if let final = errors.first(where: { !$0.isTransient && $0.code != .notTrusted }) { return final }
        guard let transient = errors.first(where: \.isTransient) else { return last }
        guard errors.count > 1 else { return transient }
        let all = errors.map(\.message).joined(separator: "; ")
        return LeaseClientError(.unreachable, "no controller answers: \(all)", cause: transient)
    }
}
