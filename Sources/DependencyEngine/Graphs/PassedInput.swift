/// Something of an engine that a nested one may use, written in `Manifold.nested`'s `passing:` list.
///
/// `Resource` and its optional and deferred variants are the ones to use.
public protocol PassedInput: Input {
    /// What the closure that makes the nested graph is given.
    associatedtype Passed: Sendable

    /// The edges this adds to the nested engine's own manifold.
    var passedEdges: [InputEdge] { get }

    /// What the closure that makes the nested graph is given, taken out of what the outer engine resolved.
    func passed(from values: InputValues) throws(InputError) -> Passed

    /// The manifold that provides the same resource inside.
    func manifold(from values: InputValues, site: String) throws(InputError) -> Manifold
}

extension Resource: PassedInput {
    /// One edge: when the provider stops, the nested engine stops before it.
    public var passedEdges: [InputEdge] { self.edges }

    /// The provider's value.
    public func passed(from values: InputValues) throws(InputError) -> Value {
        try self.received(from: values)
    }

    /// Provides the value for as long as the nested engine runs.
    public func manifold(from values: InputValues, site: String) throws(InputError) -> Manifold {
        .constant(self, try self.received(from: values), site: site)
    }
}

extension DeferredInput: PassedInput {
    /// One edge that orders nothing.
    public var passedEdges: [InputEdge] { self.edges }

    /// A handle to whatever the provider offers, now and later.
    public func passed(from values: InputValues) throws(InputError) -> Deferred<Value> {
        try self.received(from: values)
    }

    /// Comes and goes with the provider outside.
    public func manifold(from values: InputValues, site: String) throws(InputError) -> Manifold {
        .following(self.resource, try self.received(from: values), site: site)
    }
}

extension OptionalInput: PassedInput {
    /// One edge that orders nothing: the nested engine is not bounced, only what uses the resource inside.
    public var passedEdges: [InputEdge] { self.resource.deferred.edges }

    /// A handle to whatever the provider offers, now and later.
    public func passed(from values: InputValues) throws(InputError) -> Deferred<Value> {
        try self.resource.deferred.received(from: values)
    }

    /// Comes and goes with the provider outside.
    public func manifold(from values: InputValues, site: String) throws(InputError) -> Manifold {
        try self.resource.deferred.manifold(from: values, site: site)
    }
}

extension Manifold {
    /// Provides inside a nested engine what `outside` offers, while it does: ready when there is a value, bounced,
    /// dependents first, when it is gone or another one.
    static func following<Value: Sendable>(
        _ resource: Resource<Value>,
        _ outside: Deferred<Value>,
        site: String
    ) -> Manifold {
        var manifold = Manifold(
            name: resource.name,
            site: site,
            edges: [],
            outputType: Value.self,
            // The worker brings the value itself; this stands in for one that says it is ready without.
            start: { _ in Started(worker: Follower(outside: outside), output: { TypedOutput(()) }) }
        )
        manifold.readiness = .signalled
        return manifold
    }
}

/// Follows a resource of the engine outside.
private struct Follower<Value: Sendable>: Worker {
    let outside: Deferred<Value>

    func run(_ context: WorkerContext) async {
        context.waits(for: "\(self.outside.source.name) outside")
        let following = Task.detached(name: "\(context.manifold) following") {
            var isReady = false
            for await value in self.outside.changes() {
                if isReady { return context.bounce("it changed outside") }
                guard let value else { continue }
                isReady = true
                context.ready(providing: TypedOutput(value))
            }
        }
        await context.stop.wait()
        following.cancel()
    }
}
