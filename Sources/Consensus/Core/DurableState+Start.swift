extension DurableState {
    /// What every founding controller starts from; the configuration must be the same everywhere, order included.
    package static func bootstrap(_ configuration: ClusterConfiguration) -> DurableState {
        DurableState(
            term: 1,
            votedFor: nil,
            snapshot: nil,
            firstIndex: 1,
            entries: [Entry(term: 1, kind: .configuration, payload: configuration.encoded())]
        )
    }

    /// Index of the last entry, or of the snapshot when there is none.
    package var lastIndex: LogIndex {
        max(self.firstIndex + LogIndex(self.entries.count) - 1, self.snapshot?.index ?? 0)
    }

    /// The same without a log that ends before the snapshot: that is left from before an install.
    var withoutObsoleteLog: DurableState {
        guard let snapshot, self.firstIndex + LogIndex(self.entries.count) <= snapshot.index else { return self }
        var state = self
        state.firstIndex = snapshot.index + 1
        state.entries = []
        return state
    }

    /// Checks all that consensus takes for granted of what a disk held, and finds the voters.
    func checkedConfiguration(for server: ServerID) throws(RaftCoreError) -> ClusterConfiguration {
        let remedy = "restore the data directory from this controller's own backup, or replace it by one with a new id"
        func refuse(_ reason: String) -> RaftCoreError { .badStart(reason, remedy: remedy) }

        let state = self.withoutObsoleteLog
        guard state.term > 0, state.term < MessageCheck.limit else { throw refuse("the stored term is \(state.term)") }
        guard state.firstIndex > 0, state.firstIndex < MessageCheck.limit else {
            throw refuse("the stored log begins at index \(state.firstIndex)")
        }
        if let snapshot = state.snapshot {
            guard snapshot.index > 0, snapshot.index < MessageCheck.limit, (1...state.term).contains(snapshot.term),
                (1...snapshot.index).contains(snapshot.configurationIndex)
            else { throw refuse("the stored snapshot says index \(snapshot.index), term \(snapshot.term)") }
            guard state.firstIndex <= snapshot.index + 1 else {
                throw refuse("entries \(snapshot.index + 1) to \(state.firstIndex - 1) are missing after the snapshot")
            }
            if state.firstIndex <= snapshot.index {
                let term = state.entries[Int(snapshot.index - state.firstIndex)].term
                guard term == snapshot.term else {
                    throw refuse("entry \(snapshot.index) has term \(term), the snapshot has \(snapshot.term)")
                }
            }
        } else {
            guard state.firstIndex == 1, !state.entries.isEmpty else {
                throw refuse("neither a snapshot nor entry 1 is stored")
            }
        }
        try state.checkEntries(refuse)
        let configuration = try state.configuration(refuse)
        guard configuration[server] != nil else {
            throw .badStart(
                "controller \(server) is none of the voters \(configuration.servers.map(\.id))",
                remedy: "start it with the id it was bootstrapped with"
            )
        }
        return configuration
    }

    private func checkEntries(_ refuse: (String) -> RaftCoreError) throws(RaftCoreError) {
        var newest: Term = 1
        for (offset, entry) in self.entries.enumerated() {
            let index = self.firstIndex + LogIndex(offset)
            guard entry.term >= newest, entry.term <= self.term else {
                throw refuse("entry \(index) has term \(entry.term) after \(newest), the stored term is \(self.term)")
            }
            newest = entry.term
            guard (entry.kind == .configuration) == (index == 1) else {
                throw refuse("entry \(index) is a \(entry.kind) where none can be")
            }
        }
    }

    private func configuration(_ refuse: (String) -> RaftCoreError) throws(RaftCoreError) -> ClusterConfiguration {
        var found: [ClusterConfiguration] = []
        if self.firstIndex == 1, let first = self.entries.first {
            do {
                found.append(try ClusterConfiguration(decoding: first.payload))
            } catch {
                throw refuse("the configuration in entry 1 cannot be read: \(error)")
            }
        }
        if let snapshot {
            do {
                try snapshot.configuration.validate()
            } catch {
                throw refuse("the snapshot's configuration cannot be used: \(error)")
            }
            found.append(snapshot.configuration)
        }
        guard let configuration = found.last, found.allSatisfy({ $0 == configuration }) else {
            throw refuse("snapshot and entry 1 name different voters")
        }
        return configuration
    }
}
