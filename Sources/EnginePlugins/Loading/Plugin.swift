public import DependencyEngine

/// A plugin that was loaded, and its manifolds.
public struct Plugin: Sendable {
    /// The file name, which is the origin of its manifolds.
    public let name: String
    /// Path of the file.
    public let path: String
    /// Its manifolds.
    public let graph: Graph
}

/// What became of the plugins of a directory, by file name.
public struct PluginOutcome: Sendable {
    /// Those that were loaded, in the order of their names.
    public var plugins: [Plugin] = []
    /// Those that were not.
    public var refusals: [PluginRefusal] = []
}
