/// A resource that a manifold uses when it is there and whose changes it hears of instead of being bounced: it receives
/// `Live<Value>`.
public struct LiveInput<Value: Sendable>: Input, Hashable {
    /// What is needed.
    public let resource: Resource<Value>

    /// One edge, to the provider.
    public var edges: [InputEdge] {
        [InputEdge(name: self.resource.name, kind: .optional, valueType: Value.self, isLive: true)]
    }

    /// What the provider offers, now and later.
    public func received(from values: InputValues) throws(InputError) -> Live<Value> {
        guard let source = values.source(of: self.resource.name),
            let live = values.live.first(where: { $0.name == self.resource.name })
        else { throw .notAvailable(self.resource.name) }
        return Live(delivered: live, source: source.cell)
    }
}

extension OptionalInput {
    /// The same resource as a sequence of generations: the manifold receives `Live<Value>` and is never bounced by it.
    public var live: LiveInput<Value> { LiveInput(resource: self.resource) }
}

/// What a provider offers to one running worker, generation after generation.
///
/// The worker runs on while the provider comes, goes and is replaced, and never delays its stop. Changes within the
/// engine's settle window arrive together, as the last of them. Safe from any task.
public struct Live<Value: Sendable>: Sendable {
    /// What the engine delivered to this instance.
    let delivered: OutputCell
    /// The provider's own.
    let source: OutputCell

    /// What was delivered last; nil when that was nothing, and as soon as its provider failed, stopped or was replaced.
    public var current: Stamped<Value>? {
        self.read(self.delivered.content)
    }

    /// What is current now and then each delivery, nil standing for none; a slow reader sees only the newest.
    ///
    /// Ends when the worker is asked to stop, and when the reading task is cancelled.
    public func changes() -> Changes<Stamped<Value>?> {
        Changes(cell: self.delivered) { content in
            let stamped = self.read(content)
            return Changes.Reading(key: stamped?.generation ?? 0, element: stamped)
        }
    }

    private func read(_ content: OutputCell.Content) -> Stamped<Value>? {
        guard let stamped = Stamped<Value>(content, source: self.source), stamped.isCurrent else { return nil }
        return stamped
    }
}

extension Live {
    /// An input that stands on its own, for tests of a worker that takes one; `set` delivers a value of the next
    /// generation, or with nil none.
    public static func standalone(
        _ value: Value? = nil,
        provider: String = "standalone"
    ) -> (live: Live<Value>, set: @Sendable (Value?) -> Void) {
        let generations = Locked(0)
        let source = OutputCell(name: provider)
        let delivered = OutputCell(name: provider)
        let set = { @Sendable (value: Value?) in
            let generation = generations.withLock { last in
                last += value == nil ? 0 : 1
                return last
            }
            let output = value.map { TypedOutput($0) }
            source.set(output, generation: generation)
            delivered.set(output, generation: generation)
        }
        if let value { set(value) }
        return (Live(delivered: delivered, source: source), set)
    }
}
