/// The agent's state directory, locked for as long as this value's worker runs: no second agent uses it meanwhile.
package struct DataDirectory: Sendable, Hashable {
    /// An absolute path.
    package var path: String

    package init(path: String) { self.path = path }

    /// The path of `name` inside the directory.
    package func file(_ name: String) -> String { "\(self.path)/\(name)" }
}
