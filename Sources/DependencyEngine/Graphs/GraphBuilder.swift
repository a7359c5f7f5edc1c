/// Builds a `Graph` from manifolds, arrays of them and other graphs, with `if`, `switch` and `for` among them.
@resultBuilder
public enum GraphBuilder {
    /// One manifold.
    public static func buildExpression(_ manifold: Manifold) -> [Manifold] { [manifold] }

    /// Several manifolds.
    public static func buildExpression(_ manifolds: [Manifold]) -> [Manifold] { manifolds }

    /// What another graph holds.
    public static func buildExpression(_ graph: Graph) -> [Manifold] { graph.manifolds }

    /// Everything that was written, in that order.
    public static func buildBlock(_ parts: [Manifold]...) -> [Manifold] { parts.flatMap { $0 } }

    /// An `if` without `else`.
    public static func buildOptional(_ part: [Manifold]?) -> [Manifold] { part ?? [] }

    /// The first branch.
    public static func buildEither(first part: [Manifold]) -> [Manifold] { part }

    /// The other branch.
    public static func buildEither(second part: [Manifold]) -> [Manifold] { part }

    /// A `for` loop.
    public static func buildArray(_ parts: [[Manifold]]) -> [Manifold] { parts.flatMap { $0 } }

    /// An `if #available`.
    public static func buildLimitedAvailability(_ part: [Manifold]) -> [Manifold] { part }

    /// The graph.
    public static func buildFinalResult(_ manifolds: [Manifold]) -> Graph { Graph(manifolds) }
}
