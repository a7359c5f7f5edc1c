/// Some manifolds as a value: put together, changed for a test, and installed as one.
///
/// ```swift
/// let application = Graph {
///     Manifold.configuration
///     Manifold.database
///     for region in regions { Manifold.server(in: region) }
/// }
/// let tested = try application.replacing(.database, with: Database.inMemory)
/// ```
///
/// A graph checks nothing by itself: names, types and cycles are checked when an engine installs it, together with what
/// the engine already has. Inputs that nothing provides are fine, so a graph may be a part of one.
public struct Graph: Sendable {
    /// The manifolds, in the order they were written; the order means nothing to an engine.
    public let manifolds: [Manifold]

    /// Makes a graph of what `manifolds` lists.
    public init(@GraphBuilder _ manifolds: () throws -> Graph) rethrows {
        self = try manifolds()
    }

    /// Makes a graph of manifolds, none unless given.
    public init(_ manifolds: [Manifold] = []) {
        self.manifolds = manifolds
    }

    /// The names of its manifolds, in order.
    public var names: [String] { self.manifolds.map(\.name) }

    /// The same graph with more manifolds.
    public func adding(@GraphBuilder _ more: () throws -> Graph) rethrows -> Graph {
        Graph(self.manifolds + (try more()).manifolds)
    }

    /// The same graph with `manifold` in the place of the one that has its name.
    ///
    /// Throws when there is none, so that a test which misspells a name does not run with the real thing.
    public func replacing(_ manifold: Manifold) throws(GraphError) -> Graph {
        var manifolds = self.manifolds
        manifolds[try self.index(of: manifold.name)] = manifold
        return Graph(manifolds)
    }

    /// The same graph where `resource` is `value`, with nothing started for it; throws when nothing here provides it.
    public func replacing<Value: Sendable>(
        _ resource: Resource<Value>,
        with value: Value,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) throws(GraphError) -> Graph {
        try self.replacing(.constant(resource, value, fileID: fileID, line: line))
    }

    /// The same graph without the manifold called `name`; throws when there is none.
    ///
    /// What needs it waits until something else provides it.
    public func removing(_ name: String) throws(GraphError) -> Graph {
        var manifolds = self.manifolds
        manifolds.remove(at: try self.index(of: name))
        return Graph(manifolds)
    }

    private func index(of name: String) throws(GraphError) -> Int {
        guard let index = self.manifolds.firstIndex(where: { $0.name == name }) else {
            throw .notInGraph(name, among: self.names.sorted())
        }
        return index
    }
}

/// Why a graph could not be changed.
public enum GraphError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No manifold of the graph has this name; the names it does have come with it.
    case notInGraph(String, among: [String])

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .notInGraph(let name, let names):
            "no manifold of this graph is called \(name); it has \(names.isEmpty ? "none" : names.joined(separator: ", "))"
        }
    }
}
