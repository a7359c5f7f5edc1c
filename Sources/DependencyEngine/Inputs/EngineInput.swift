/// The engine itself as an input: what runs the manifold, for a worker that installs, bounces or asks about others.
///
/// It is there from the first start on, orders nothing, bounces nobody and is no edge of the graph. In an engine inside
/// another one it is the inner one. To hand it on, let a manifold that needs it provide it, or a part of it, as a
/// resource of its own.
///
/// A worker may keep it: the engine lets go of every instance that has ended, so nothing holds it in a circle. A start
/// function must not wait for `settled()`, nor for its own manifold, which starts as long as it waits; a worker that
/// awaits the engine's end in its `run` waits for its own.
public struct EngineInput: Input, Hashable {
    /// None: an engine is never missing.
    public var edges: [InputEdge] { [] }

    /// The engine that starts the manifold.
    public func received(from values: InputValues) throws(InputError) -> Engine { values.engine }
}

extension Input where Self == EngineInput {
    /// The engine that runs the manifold; the start function receives an `Engine`.
    public static var engine: EngineInput { EngineInput() }
}
