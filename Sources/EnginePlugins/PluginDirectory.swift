/// Where plugins are looked for.
public struct PluginDirectory: Sendable, Hashable {
    /// Absolute path of the directory.
    public var path: String

    /// Names a directory.
    public init(path: String) {
        self.path = path
    }
}
