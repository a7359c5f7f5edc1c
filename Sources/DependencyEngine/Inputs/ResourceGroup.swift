/// A typed name for what several manifolds provide together, each under its own name.
///
/// A manifold becomes a member with `joining(_:)`; one that needs `.all(of: group)` receives what all of them offer.
/// Members may be installed and uninstalled at any time. Declare each group once:
/// `extension ResourceGroup<Route> { static var routes: Self { .init("routes") } }`.
public struct ResourceGroup<Value: Sendable>: Sendable, Hashable {
    /// The name; groups have names of their own, apart from those of manifolds.
    public let name: String

    /// Makes a key; `name` is unique among the groups of its engine.
    public init(_ name: String) {
        self.name = name
    }
}

/// What the ready members of a group offer: the manifold receives `[Value]`, ordered by the members' names.
///
/// A change of the members bounces the manifold once the settle window has passed, so that many at once cost one
/// restart; a start waits for members on their way, no longer than that window. An empty group gives an empty array.
public struct GroupInput<Value: Sendable>: Input, Hashable {
    /// Whose members are needed.
    public let group: ResourceGroup<Value>

    /// One edge, to the group.
    public var edges: [InputEdge] {
        [InputEdge(name: self.group.name, kind: .optional, valueType: Value.self, isGroup: true)]
    }

    /// The members' values, ordered by the members' names.
    public func received(from values: InputValues) throws(InputError) -> [Value] {
        values.members
            .filter { $0.group == self.group.name }
            .sorted { $0.name < $1.name }
            .compactMap { $0.value.value(as: Value.self) }
    }
}

/// Several resources of one type, all required: the manifold receives `[Value]`, in the order written.
public struct AllInputs<Value: Sendable>: Input, Hashable {
    /// What is needed.
    public let resources: [Resource<Value>]

    /// One edge to each provider.
    public var edges: [InputEdge] { self.resources.flatMap(\.edges) }

    /// The providers' values.
    public func received(from values: InputValues) throws(InputError) -> [Value] {
        var received: [Value] = []
        for resource in self.resources { received.append(try resource.received(from: values)) }
        return received
    }
}

extension Input {
    /// What the ready members of `group` offer, as `[Value]` ordered by the members' names.
    public static func all<Value>(of group: ResourceGroup<Value>) -> Self where Self == GroupInput<Value> {
        GroupInput(group: group)
    }

    /// All of these, required, as `[Value]` in the order written.
    public static func all<Value>(of resources: Resource<Value>...) -> Self where Self == AllInputs<Value> {
        AllInputs(resources: resources)
    }

    /// All of these, required, as `[Value]` in the order of the array.
    public static func all<Value>(of resources: [Resource<Value>]) -> Self where Self == AllInputs<Value> {
        AllInputs(resources: resources)
    }
}
