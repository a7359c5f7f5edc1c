/// What the engine resolved for one start: opaque, read only by inputs.
public struct InputValues: Sendable {
    struct Source: Sendable {
        let name: String
        /// The provider's value at the moment of the start, for required and optional inputs.
        let value: (any Output)?
        /// Where later values appear, for deferred inputs.
        let cell: OutputCell
    }

    // A manifold has a handful of inputs: scanning them is cheaper than hashing.
    let sources: [Source]
    let clock: EngineClock
    let engine: Engine

    func source(of name: String) -> Source? {
        self.sources.first { $0.name == name }
    }

    func value<Value: Sendable>(of name: String, as type: Value.Type) -> Value? {
        for source in self.sources where source.name == name {
            if let value = source.value?.value(as: type) { return value }
        }
        return nil
    }
}
