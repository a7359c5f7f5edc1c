import RPC

extension LeaseClient {
    /// Claims leases, each of them or none of them held by others; one result a request, in order.
    ///
    /// A controller that is lost, or not able to reach the leader, is left for another one until `timeout`. What became
    /// of a request is in its result, `unknown` when no controller could tell in time.
    /// - Throws: `LeaseClientError` when the whole call failed and nothing can have been done, or `CancellationError`.
    public func claim(
        _ requests: [ClaimRequest],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseResult] {
        try await self.perform("Claim", requests.map(Command.init), timeout: timeout)
    }

    /// Extends leases their holders hold: never takes one that has expired.
    public func extend(
        _ requests: [ClaimRequest],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseResult] {
        try await self.perform("Extend", requests.map(Command.init), timeout: timeout)
    }

    /// Gives leases up, or takes them from their holders.
    public func revoke(
        _ requests: [RevokeRequest],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseResult] {
        let commands = requests.map { Command($0.lease, $0.operation, item: LeaseWire.item($0)) }
        return try await self.perform("Revoke", commands, timeout: timeout)
    }

    /// Keeps leases from expiring.
    public func pin(
        _ requests: [PinRequest],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseResult] {
        let commands = requests.map { Command($0.lease, $0.operation, item: LeaseWire.item($0)) }
        return try await self.perform("Pin", commands, timeout: timeout)
    }

    /// Lets leases expire again.
    public func unpin(
        _ requests: [PinRequest],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseResult] {
        let commands = requests.map { Command($0.lease, $0.operation, item: LeaseWire.item($0)) }
        return try await self.perform("Unpin", commands, timeout: timeout)
    }

    // MARK: One at a time

    /// Claims one lease.
    ///
    /// - Throws: `LeaseClientError`, also with code `notValid` when the controller says the request makes no sense.
    public func claim(
        _ lease: Lease,
        holder: String,
        for duration: Duration,
        operation: OperationID = .init(),
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> LeaseResult {
        let request = ClaimRequest(lease, holder: holder, for: duration, operation: operation)
        return try Self.only(try await self.claim([request], timeout: timeout))
    }

    /// Extends one lease its holder holds.
    public func extend(
        _ lease: Lease,
        holder: String,
        for duration: Duration,
        operation: OperationID = .init(),
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> LeaseResult {
        let request = ClaimRequest(lease, holder: holder, for: duration, operation: operation)
        return try Self.only(try await self.extend([request], timeout: timeout))
    }

    /// Gives one lease up, or takes it from its holder.
    public func revoke(
        _ lease: Lease,
        holder: String? = nil,
        force: Bool = false,
        operation: OperationID = .init(),
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> LeaseResult {
        let request = RevokeRequest(lease, holder: holder, force: force, operation: operation)
        return try Self.only(try await self.revoke([request], timeout: timeout))
    }

    /// Keeps one lease from expiring.
    public func pin(
        _ lease: Lease,
        entity: String? = nil,
        operation: OperationID = .init(),
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> LeaseResult {
        try Self.only(try await self.pin([.init(lease, entity: entity, operation: operation)], timeout: timeout))
    }

    /// Lets one lease expire again.
    public func unpin(
        _ lease: Lease,
        entity: String? = nil,
        force: Bool = false,
        operation: OperationID = .init(),
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> LeaseResult {
        let request = PinRequest(lease, entity: entity, force: force, operation: operation)
        return try Self.only(try await self.unpin([request], timeout: timeout))
    }

    private static func only(_ results: [LeaseResult]) throws(LeaseClientError) -> LeaseResult {
        guard let result = results.first else { throw .unknownReply("it should have one result") }
        if let error = result.error { throw LeaseClientError(.notValid, error) }
        return result
    }

    // MARK: The common path

    /// One command of a bulk call and what has become of it so far.
    private struct Command {
        var lease: Lease
        var operation: OperationID
        var item: JSONObject
        /// Of a claim or extension.
        var duration: Duration?
        private(set) var result: LeaseResult?
        /// An earlier try may have been applied, and what became of it be forgotten by now.
        private var mayBeApplied = false
        /// Its `not-after-ms` has passed, or it is refused whenever it comes: nobody can tell more.
        private var isFinal = false

        init(_ lease: Lease, _ operation: OperationID, item: JSONObject) {
            self.lease = lease
            self.operation = operation
            self.item = item
        }

        init(_ request: ClaimRequest) {
            self.init(request.lease, request.operation, item: LeaseWire.item(request))
            self.duration = request.duration
        }

        /// Notes what a try brought. Only what the log says settles an operation an earlier try of which may be in it.
        mutating func note(_ result: LeaseResult) {
            var result = result
            let isDecided = ["not-held", "revoking"].contains(result.reason)
            if self.mayBeApplied, result.outcome == .refused || (result.outcome == .never && !isDecided) {
                result.outcome = .unknown
            }
            self.isFinal = result.outcome == .unknown && ["expired", "invalid"].contains(result.reason)
            if result.outcome == .unknown { self.mayBeApplied = true }
            self.result = result
        }

        /// Takes what a controller said became of it. It knows the operation's fate, not what it was asked for.
        mutating func resolved(_ result: LeaseResult) {
            var result = result
            if let duration = self.duration {
                // A claim or extension without a grant met a revoke: it was answered so, and changed nothing.
                if result.outcome == .applied, result.token == nil { result.outcome = .never }
                result.safeUntil = SafeInstant.of(result, requested: duration)
            }
            self.isFinal = true
            self.result = result
        }

        /// Whether asking again, under the same id, may give a better answer.
        var isOpen: Bool {
            switch self.result?.outcome {
            case nil, .unknown: !self.isFinal
            case .never: ["try-again", "not-leader", "stopping"].contains(self.result?.reason)
            case .applied, .held, .refused: false
            }
        }
    }

    private var globalTime: GlobalTimeEstimate { self.pool.settings.globalTime }

    /// Asks for the global time when what is known of it is old and something is to be chosen by it.
    private func refreshGlobalTime(
        _ operations: [OperationID],
        _ connection: ControllerConnection,
        _ timeout: Duration
    ) async throws {
        guard self.globalTime.isStale(), operations.contains(where: \.limit.isOpen) else { return }
        _ = try await connection.call(
            facade: "Lease",
            version: 1,
            method: "Check",
            params: ["leases": []],
            timeout: timeout
        )
    }

    /// Sends commands until each has an outcome or `timeout` is over.
    ///
    /// The ids, and until when each may be applied, stay the same over all attempts: a retry never does anything twice.
    private func perform(
        _ method: String,
        _ commands: [Command],
        timeout: Duration
    ) async throws -> [LeaseResult] {
        guard !commands.isEmpty else { return [] }
        var commands = commands
        var sent = 0
        self.retries.called()
        var isOver = false
        let deadline = ContinuousClock.now + timeout
        var backoff = Backoff(cap: .milliseconds(500))
        while true {
            let open = commands.indices.filter { commands[$0].isOpen }
            do {
                let answer = try await self.retrying(until: deadline) { connection, remaining in
                    try await self.refreshGlobalTime(open.map { commands[$0].operation }, connection, remaining)
                    sent += 1
                    let wait = max(deadline - .now, .milliseconds(1))
                    let items = open.map { index in
                        var item = commands[index].item
                        let limit = commands[index].operation.limit
                        if let notAfter = limit.milliseconds(timeout: timeout, estimate: self.globalTime) {
                            item.append("not-after-ms", .int(notAfter))
                        }
                        return item
                    }
                    return try await connection.call(
                        facade: "Lease",
                        version: 1,
                        method: method,
                        params: LeaseWire.params(items, timeout: wait),
                        timeout: remaining
                    )
                }
                let results = try LeaseWire.results(answer, count: open.count)
                for (index, value) in zip(open, results) {
                    let command = commands[index]
                    var result = try LeaseWire.result(value, of: command.lease, command.operation)
                    if let duration = command.duration {
                        result.safeUntil = SafeInstant.of(result, requested: duration)
                    }
                    commands[index].note(result)
                }
            } catch let error as LeaseClientError where sent > 0 {
                // What is refused as a whole at its first sending was not done; all else may have been.
                let isRefused = !error.isTransient && error.code != .unknownReply
                if isRefused, sent == 1 { throw error }
                isOver = !error.isTransient
                // It may have been done, and nobody is left to ask in time.
                for index in open where commands[index].isOpen {
                    commands[index].note(
                        LeaseResult(
                            commands[index].lease,
                            .unknown,
                            operation: commands[index].operation,
                            reason: error.message
                        )
                    )
                }
            }
            let pause = max(
                backoff.pause(),
                commands.compactMap { $0.isOpen ? $0.result?.retryAfter : nil }.max() ?? .zero
            )
            // The last part of the time is for asking what became of those that nobody could tell of.
            guard !isOver, commands.contains(where: \.isOpen), ContinuousClock.now + pause < deadline - timeout / 4,
                self.retries.spend()
            else { break }
            try await Task.sleep(for: pause, clock: .continuous)
        }
        await self.resolve(&commands, until: deadline)
        return commands.map {
            $0.result ?? LeaseResult($0.lease, .unknown, operation: $0.operation)
        }
    }

    /// Asks what became of commands whose outcome is unknown; what was not applied never will be then.
    ///
    /// Only those sent with a limit of ours: of another's it is not known how long to keep the answer.
    private func resolve(_ commands: inout [Command], until deadline: ContinuousClock.Instant) async {
        let unknown = commands.indices.filter {
            commands[$0].result?.outcome == .unknown && commands[$0].operation.limit.sent != nil
        }
        guard !unknown.isEmpty, ContinuousClock.now < deadline else { return }
        do {
            let asked = unknown.map { (commands[$0].lease, commands[$0].operation) }
            let results = try await self.resolve(asked, until: deadline)
            for (index, result) in zip(unknown, results) where result.outcome != .unknown {
                commands[index].resolved(result)
            }
        } catch {
            // Unknown they were and unknown they stay.
        }
    }

    /// What became of operations of this client, in order: what a claim or extension got, `never`, or `unknown` when
    /// nobody knows any more. After *never* nothing of it is ever applied.
    ///
    /// - Throws: `LeaseClientError`, code `notValid` for an operation that was not sent by this process, or sent without a
    ///   time limit; or `CancellationError`.
    public func resolve(
        _ operations: [(lease: Lease, operation: OperationID)],
        timeout: Duration = LeaseClient.defaultTimeout
    ) async throws -> [LeaseResult] {
        try await self.resolve(operations, until: .now + timeout)
    }

    private func resolve(
        _ operations: [(Lease, OperationID)],
        until deadline: ContinuousClock.Instant
    ) async throws -> [LeaseResult] {
        guard !operations.isEmpty else { return [] }
        let items = try operations.map { lease, operation in
            guard let notAfter = operation.limit.sent else {
                throw LeaseClientError(.notValid, "operation \(operation) was not sent with a time limit")
            }
            return LeaseWire.question(lease, operation, notAfter: notAfter)
        }
        let answer = try await self.retrying(until: deadline) { connection, remaining in
            try await connection.call(
                facade: "Lease",
                version: 1,
                method: "Resolve",
                params: LeaseWire.params(items, timeout: max(deadline - .now, .milliseconds(1))),
                timeout: remaining
            )
        }
        return try zip(operations, LeaseWire.results(answer, count: items.count)).map { operation, value in
            try LeaseWire.result(value, of: operation.0, operation.1)
        }
    }
}
