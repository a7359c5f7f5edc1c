/// What the engine resolved for one start: opaque, read only by inputs.
public struct InputValues: Sendable {
    struct Source: Sendable {
        var name: String { self.cell.name }
        /// The provider's value at the moment of the start, for required and optional inputs.
        let value: (any Output)?
        /// The provider's generation, when there is a value.
        let generation: Int
        /// Where later values appear, for deferred inputs.
        let cell: OutputCell
    }

    /// What one member of a group offered at the moment of the start.
    struct Member: Sendable {
        let group: String
        let name: String
        let value: any Output
    }

    // A manifold has a handful of inputs: scanning them is cheaper than hashing.
    let sources: [Source]
    var members: [Member] = []
    /// The cells of the instance's live inputs, under their providers' names.
    var live: [OutputCell] = []
    let engine: Engine
    var clock: EngineClock { self.engine.clock }

    func source(of name: String) -> Source? {
        self.sources.first { $0.name == name }
    }

    func value<Value: Sendable>(of name: String, as type: Value.Type) -> Value? {
        for source in self.sources where source.name == name {
            if let value = source.value?.value(as: type) { return value }
        }
        return nil
    }

    func stamped<Value: Sendable>(of name: String, as type: Value.Type) -> Stamped<Value>? {
        for source in self.sources where source.name == name && source.value != nil {
            return Stamped(
                OutputCell.Content(value: source.value, generation: source.generation),
                source: source.cell
            )
        }
        return nil
    }
}
