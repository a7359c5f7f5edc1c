/// A provider's value together with the generation it is from; it says so when it is too old to use.
///
/// It goes stale in the same turn of the engine in which its provider fails, or is itself asked to stop, before anybody
/// else hears of it. Safe from any task; asking costs a lock and a comparison.
public struct Stamped<Value: Sendable>: Sendable {
    let source: OutputCell
    let output: TypedOutput<Value>
    /// Counts the provider's instances, from 1.
    public let generation: Int

    /// The provider's name.
    public var provider: String { self.source.name }

    /// Whether the instance that provided the value still stands for it.
    public var isCurrent: Bool { self.source.holds(self.output) }

    /// The value; throws `StaleInput` once its provider failed, stopped or was replaced.
    ///
    /// Ask for it at each use rather than keep what it returned. A worker may throw the error on: it is started anew.
    public var value: Value {
        get throws(StaleInput) {
            guard self.isCurrent else { throw StaleInput(provider: self.provider, generation: self.generation) }
            return self.output.value
        }
    }

    /// What `content` of `source` holds, with its generation; nil when that is nothing, or of another type.
    init?(_ content: OutputCell.Content, source: OutputCell) {
        guard let output = content.value as? TypedOutput<Value> else { return nil }
        self.source = source
        self.output = output
        self.generation = content.generation
    }
}

extension Stamped {
    /// A value that stands on its own, for tests of a worker that takes one; `expire` makes it stale.
    public static func standalone(
        _ value: Value,
        provider: String = "standalone",
        generation: Int = 1
    ) -> (stamped: Stamped<Value>, expire: @Sendable () -> Void) {
        let cell = OutputCell(name: provider)
        let output = TypedOutput(value)
        cell.set(output, generation: generation)
        return (Stamped(source: cell, output: output, generation: generation), { cell.set(nil, generation: 0) })
    }

    private init(source: OutputCell, output: TypedOutput<Value>, generation: Int) {
        self.source = source
        self.output = output
        self.generation = generation
    }
}

/// A value was used after its provider failed, stopped or was replaced.
///
/// Thrown out of a start function or a worker it means "start me again": a bounce, not charged as a failure.
public struct StaleInput: Error, Sendable, Hashable, CustomStringConvertible {
    /// The provider's name.
    public var provider: String
    /// Which of its instances the value was from.
    public var generation: Int

    /// Makes the error, for a worker that finds out by itself.
    public init(provider: String, generation: Int) {
        self.provider = provider
        self.generation = generation
    }

    /// One sentence for a person.
    public var description: String {
        "\(self.provider) of generation \(self.generation) was used after its provider failed, stopped or was replaced"
    }
}
