extension Engine {
    /// Adds manifolds, all or none; a running engine starts them at once in resolved order.
    ///
    /// Unknown inputs are fine: what needs them waits until they are installed.
    public func install(_ manifolds: [Manifold]) throws(InstallError) {
        try self.change(removing: [], installing: manifolds)
    }

    /// Stops a manifold, what depends on it first, and forgets it; returns without waiting for that.
    public func uninstall(_ name: String) throws(EngineError) {
        self.tell(.uninstall(try self.identify(name)))
    }

    /// Makes a running manifold fail as if its worker had thrown `error`; nothing happens to one that does not run.
    ///
    /// The error is classified as the worker's own would be, outside the engine; should the manifold have been started
    /// anew meanwhile, the new instance is left alone.
    public func fail(_ name: String, _ error: any Error) async throws(EngineError) {
        let id = try self.identify(name)
        guard let classify = self.slots[id].handle?.classify else {
            return self.tell(.fail(id, MachineFailure(error)))
        }
        let generation = self.machine.nodes[id].generation
        let failure = await Self.classified(error, classify)
        if self.machine.nodes[id].generation == generation { self.tell(.fail(id, failure)) }
    }

    @concurrent private static func classified(
        _ error: any Error,
        _ classify: @escaping @Sendable (any Error) -> FailureClass
    ) async -> MachineFailure {
        MachineFailure(error, classify: classify)
    }

    /// Restarts a manifold, what depends on it stopping first; one that waits for its next attempt gets it now.
    public func bounce(_ name: String) throws(EngineError) {
        self.tell(.bounce(try self.identify(name)))
    }

    /// Stops a manifold, what depends on it first, until it is resumed.
    public func park(_ name: String) throws(EngineError) {
        self.tell(.park(try self.identify(name)))
    }

    /// Lets a parked manifold start again, whatever parked it, and forgets its failures.
    public func resume(_ name: String) throws(EngineError) {
        self.tell(.resume(try self.identify(name)))
    }

    func identify(_ name: String) throws(EngineError) -> ManifoldID {
        guard let id = self.machine.ids[name], self.machine.nodes[id].declaration != nil else {
            throw .unknownManifold(name)
        }
        return id
    }
}
