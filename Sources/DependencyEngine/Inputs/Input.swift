/// Something a manifold needs, written in its `needs:` list; decides what its start function receives.
///
/// `Resource` with its variants and `.all(of:)` are the ones to use. A type of your own may combine them: its edges
/// are theirs together, and what it receives is made of what they receive.
public protocol Input: Sendable {
    /// What the start function is given for this input.
    associatedtype Received: Sendable

    /// The edges this input adds to the graph.
    var edges: [InputEdge] { get }

    /// Takes this input's value out of what the engine resolved; throws when a required value is not there.
    func received(from values: InputValues) throws(InputError) -> Received
}

/// How an input binds its manifold to the provider.
public enum InputKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The manifold runs only while the provider is ready.
    case required
    /// The manifold runs with or without; a change bounces it after the settle window.
    case optional
    /// A handle that is filled while the provider is ready: orders nothing and bounces nobody.
    case deferred
}

/// One edge of the graph: a provider's name and how it is needed. Made by `Resource` and its variants.
public struct InputEdge: Sendable {
    /// The provider's name, or that of a group.
    public let name: String
    /// How it is needed.
    public let kind: InputKind
    /// The value's type, so that two declarations of one name that disagree are refused at install.
    let valueType: any Sendable.Type
    /// Whether an optional input is told of changes instead of being bounced.
    public internal(set) var isLive = false
    /// Whether the name is that of a group, whose members are the providers.
    public internal(set) var isGroup = false
}

/// Why an input has no value to give.
public enum InputError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The named provider offers nothing now.
    case notAvailable(String)
    /// The named provider did not offer a value in time.
    case timedOut(String, Duration)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .notAvailable(let name): "\(name) is not available"
        case .timedOut(let name, let timeout): "\(name) was not available within \(timeout)"
        }
    }
}
