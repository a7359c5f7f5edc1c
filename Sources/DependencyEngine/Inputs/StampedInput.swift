/// A required resource whose value says when it is too old to use: the manifold receives `Stamped<Value>`.
public struct StampedInput<Value: Sendable>: Input, Hashable {
    /// What is needed.
    public let resource: Resource<Value>

    /// One edge, to the provider.
    public var edges: [InputEdge] { self.resource.edges }

    /// The provider's value and generation.
    public func received(from values: InputValues) throws(InputError) -> Stamped<Value> {
        guard let stamped = values.stamped(of: self.resource.name, as: Value.self) else {
            throw .notAvailable(self.resource.name)
        }
        return stamped
    }
}

/// An optional resource whose value says when it is too old to use: the manifold receives `Stamped<Value>?`.
public struct OptionalStampedInput<Value: Sendable>: Input, Hashable {
    /// What is needed.
    public let resource: Resource<Value>

    /// One edge, to the provider.
    public var edges: [InputEdge] { self.resource.optional.edges }

    /// The provider's value and generation, or nil while it offers none.
    public func received(from values: InputValues) throws(InputError) -> Stamped<Value>? {
        values.stamped(of: self.resource.name, as: Value.self)
    }
}

extension Resource {
    /// The same resource with its generation: the manifold receives `Stamped<Value>`.
    public var stamped: StampedInput<Value> { StampedInput(resource: self) }
}

extension OptionalInput {
    /// The same input with its generation: the manifold receives `Stamped<Value>?`.
    public var stamped: OptionalStampedInput<Value> { OptionalStampedInput(resource: self.resource) }
}
