import RPC

/// What one controller says of itself.
public struct ControllerStatus: Sendable, Hashable {
    /// `host:port` as configured.
    public var address: String
    /// Whether it answered; without that nothing else is known.
    public var isReachable = false
    /// Its id in the cluster.
    public var id: UInt64?
    /// `leader`, `follower`, `candidate`, `standby` or `unknown`.
    public var role = "unknown"
    /// The term it is in.
    public var term: UInt64?
    /// The last log entry it knows committed.
    public var commitIndex: UInt64?
    /// The last log entry it has applied.
    public var appliedIndex: UInt64?
    /// The id of the controller it takes for the leader.
    public var leaderID: UInt64?
    /// The address of the controller it takes for the leader.
    public var leaderAddress: String?
    /// The cluster it belongs to.
    public var clusterID: String?
    /// Its version.
    public var version: String?
    /// Why it did not answer.
    public var problem: String?

    /// A controller that has not answered.
    public init(address: String) { self.address = address }

    /// The cluster's members by their addresses, as this controller knows them.
    var memberIDs: [String: UInt64] = [:]
}

extension LeaseClient {
    /// What each configured controller says of itself, asked at the same time, in the order of the configuration.
    public func controllerStatuses() async -> [ControllerStatus] {
        let addresses = self.configuration.controllers
        return await withTaskGroup(of: (Int, ControllerStatus).self) { group in
            for (index, address) in addresses.enumerated() {
                group.addTask { (index, await self.status(of: address)) }
            }
            var statuses = addresses.map { ControllerStatus(address: $0) }
            for await (index, status) in group { statuses[index] = status }
            // Who does not answer is known by its address from those that do.
            let ids = statuses.reduce(into: [:]) { $0.merge($1.memberIDs) { first, _ in first } }
            for index in statuses.indices where statuses[index].id == nil {
                statuses[index].id = ids[statuses[index].address]
            }
            return statuses
        }
    }

    private func status(of address: String) async -> ControllerStatus {
        var status = ControllerStatus(address: address)
        do {
            let connection = try await ControllerConnection.connect(to: address, self.pool.settings)
            status = try await Self.status(of: connection)
            await connection.close()
        } catch {
            status.problem = "\(error)"
        }
        return status
    }

    private static func status(of connection: ControllerConnection) async throws -> ControllerStatus {
        let answer = try await connection.call(
            facade: "Cluster",
            version: 1,
            method: "Status",
            timeout: LeaseClient.defaultTimeout
        )
        func number(_ value: JSONValue?) -> UInt64? {
            value?.int.flatMap { UInt64(exactly: $0) } ?? value?.string.flatMap { UInt64($0) }
        }
        var status = ControllerStatus(address: connection.address)
        status.isReachable = true
        status.id = number(answer["id"])
        for member in answer["controllers"]?.array ?? [] {
            if let address = member["address"]?.string { status.memberIDs[address] = number(member["id"]) }
        }
        status.role = answer["role"]?.string ?? "unknown"
        status.term = number(answer["term"])
        status.commitIndex = number(answer["commit-index"])
        status.appliedIndex = number(answer["applied-index"])
        status.leaderID = number(answer["leader"]?["id"])
        status.leaderAddress = answer["leader"]?["address"]?.string
        status.clusterID = answer["cluster-id"]?.string
        status.version = answer["version"]?.string
        return status
    }

    /// A connection of its own to one controller, named by id or by address; the caller closes it.
    ///
    /// - Throws: `LeaseClientError`: code `configuration` when no controller is named so.
    public func controller(_ name: String) async throws -> ControllerConnection {
        if ControllerAddress(name) != nil {
            return try await ControllerConnection.connect(to: name, self.pool.settings)
        }
        let statuses = await self.controllerStatuses()
        guard let id = UInt64(name), let match = statuses.first(where: { $0.id == id }) else {
            let known = statuses.compactMap(\.id).map { "\($0)" }.joined(separator: ", ")
            throw LeaseClientError(
                .configuration,
                "no reachable controller is called \"\(name)\": reachable are \(known.isEmpty ? "none" : known)"
            )
        }
        return try await ControllerConnection.connect(to: match.address, self.pool.settings)
    }

    /// A connection of its own to the controller that leads; the caller closes it.
    ///
    /// - Throws: `LeaseClientError`: code `unreachable` when none leads just now.
    public func leader() async throws -> ControllerConnection {
        let statuses = await self.controllerStatuses()
        // Two may believe they lead for a moment: the one of the later term is right.
        let leading = statuses.filter { $0.role == "leader" }.max { $0.term ?? 0 < $1.term ?? 0 }
        if let address = leading?.address ?? statuses.compactMap(\.leaderAddress).first {
            return try await ControllerConnection.connect(to: address, self.pool.settings)
        }
        let problem = statuses.compactMap(\.problem).first.map { ": \($0)" } ?? ""
        throw LeaseClientError(.unreachable, "no controller leads just now, or none answers\(problem)")
    }
}
