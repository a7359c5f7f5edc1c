/// A state as it was at one moment, to be encoded elsewhere while the original goes on.
///
/// Unlike a plain copy it does not share what is large and changes with every entry: of what both have, the original's
/// next write copies its part.
package struct FrozenState: Sendable {
    let globalTime: GlobalTime
    let lastToken: FencingToken
    let table: FrozenTable
    let results: RememberedResults

    fileprivate init(_ state: LeaseState) {
        self.globalTime = state.globalTime
        self.lastToken = state.lastToken
        self.table = FrozenTable(state.table)
        var results = state.results
        results.freeze()
        self.results = results
    }
}

/// A state's leases as they were at one moment, to be listed elsewhere while the original goes on.
package struct FrozenLeases: Sendable {
    private let state: LeaseState

    fileprivate init(_ state: LeaseState) { self.state = state }

    /// What the original would have listed at that moment; see `LeaseState.list`.
    package func list(
        namespace: String? = nil,
        model: String? = nil,
        prefix: String = "",
        after: LeaseKey? = nil,
        limit: Int
    ) -> [(LeaseKey, Lease)] {
        self.state.list(namespace: namespace, model: model, prefix: prefix, after: after, limit: limit)
    }
}

extension LeaseState {
    /// The whole state, for a snapshot.
    package var frozen: FrozenState { FrozenState(self) }

    /// The leases without the results, for a list.
    package var frozenLeases: FrozenLeases {
        var state = self
        state.table.freeze()
        state.results = Self.noResults
        return FrozenLeases(state)
    }

    private static let noResults = RememberedResults()
}
