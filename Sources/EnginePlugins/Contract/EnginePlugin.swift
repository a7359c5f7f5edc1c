public import DependencyEngine
public import Logging

/// What a plugin's author writes: a type called `Plugin` that says which manifolds come with it.
///
/// ```swift
/// enum Plugin: EnginePlugin {
///     static func graph(_ context: PluginContext) -> Graph {
///         Manifold("greeter") { GreeterWorker() }
///     }
/// }
/// ```
public protocol EnginePlugin {
    /// The plugin's manifolds; called once, at start, before the engine runs.
    ///
    /// Keep it short and free of effects: work belongs in workers. A thrown error refuses the plugin with its text.
    @GraphBuilder static func graph(_ context: PluginContext) throws -> Graph
}

/// What a plugin is told when it is loaded.
public struct PluginContext: Sendable {
    /// The plugin's file name, which is also the origin of its manifolds.
    public let name: String
    /// The absolute path of its file; settings of a plugin are best kept beside it.
    public let path: String
    /// A logger whose metadata names the plugin.
    public let logger: Logger

    init(name: String, path: String, logger: Logger) {
        self.name = name
        self.path = path
        var logger = logger
        logger[metadataKey: "plugin"] = "\(name)"
        self.logger = logger
    }
}
