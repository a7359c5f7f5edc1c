import DependencyEngine

/// The door between a program and its plugins. Only the `Entry.swift` that comes with a program's modules calls it.
public enum PluginEntry {
    /// The C symbol of a plugin that is called once it is loaded.
    static let symbol = "holdfast_plugin_entry"

    /// Asks `plugin` for its manifolds and hands them over as one retained pointer.
    ///
    /// - Parameters:
    ///   - plugin: The plugin's `Plugin`.
    ///   - request: What the loader passed to the plugin's entry point.
    public static func answer(_ plugin: any EnginePlugin.Type, to request: UnsafeRawPointer) -> UnsafeMutableRawPointer
    {
        let context = Unmanaged<PluginRequest>.fromOpaque(request).takeUnretainedValue().context
        let answer = PluginAnswer(Result { try plugin.graph(context) })
        return Unmanaged.passRetained(answer).toOpaque()
    }

    /// Calls a loaded plugin's entry point; nil when it gave nothing.
    static func call(
        _ entry: @convention(c) (UnsafeRawPointer) -> UnsafeMutableRawPointer?,
        _ context: PluginContext
    ) -> Result<Graph, any Error>? {
        let request = PluginRequest(context)
        let answer = withExtendedLifetime(request) {
            entry(UnsafeRawPointer(Unmanaged.passUnretained(request).toOpaque()))
        }
        return answer.map { Unmanaged<PluginAnswer>.fromOpaque($0).takeRetainedValue().graph }
    }
}

/// What the loader passes in. Its type is the program's on both sides, since a plugin has no engine of its own.
private final class PluginRequest: Sendable {
    let context: PluginContext

    init(_ context: PluginContext) {
        self.context = context
    }
}

/// What a plugin hands back.
private final class PluginAnswer: Sendable {
    let graph: Result<Graph, any Error>

    init(_ graph: Result<Graph, any Error>) {
        self.graph = graph
    }
}
