/// A typed name for what a manifold provides, and the required input of those that need it.
///
/// Declare each once, beside the type it stands for:
/// `extension Input where Self == Resource<Database> { static var database: Self { .init("database") } }`.
public struct Resource<Value: Sendable>: Input, Hashable {
    /// The name, which is also that of the manifold that provides it.
    public let name: String

    /// Makes a key; `name` is unique in its engine.
    public init(_ name: String) {
        self.name = name
    }

    /// The same resource as an input a manifold can do without: it receives `Value?`.
    public var optional: OptionalInput<Value> { OptionalInput(resource: self) }

    /// The same resource as a handle that orders nothing: the manifold receives `Deferred<Value>`.
    public var deferred: DeferredInput<Value> { DeferredInput(resource: self) }

    /// One edge, to the provider.
    public var edges: [InputEdge] { [InputEdge(name: self.name, kind: .required, valueType: Value.self)] }

    /// The provider's value.
    public func received(from values: InputValues) throws(InputError) -> Value {
        guard let value = values.value(of: self.name, as: Value.self) else { throw .notAvailable(self.name) }
        return value
    }
}

/// A resource that a manifold uses when it is there.
///
/// A change bounces the manifold once the settle window has passed, so that several changes cost one restart.
public struct OptionalInput<Value: Sendable>: Input, Hashable {
    /// What is needed.
    public let resource: Resource<Value>

    /// One edge, to the provider.
    public var edges: [InputEdge] { [InputEdge(name: self.resource.name, kind: .optional, valueType: Value.self)] }

    /// The provider's value, or nil while it offers none.
    public func received(from values: InputValues) throws(InputError) -> Value? {
        values.value(of: self.resource.name, as: Value.self)
    }
}

/// A resource given as a handle, at once, whether its provider runs or not.
public struct DeferredInput<Value: Sendable>: Input, Hashable {
    /// What is needed.
    public let resource: Resource<Value>

    /// One edge, to the provider.
    public var edges: [InputEdge] { [InputEdge(name: self.resource.name, kind: .deferred, valueType: Value.self)] }

    /// A handle to whatever the provider offers, now and later.
    public func received(from values: InputValues) throws(InputError) -> Deferred<Value> {
        guard let source = values.source(of: self.resource.name) else { throw .notAvailable(self.resource.name) }
        return Deferred(source: source.cell, clock: values.clock)
    }
}
