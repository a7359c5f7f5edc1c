/// A language to draw the graph in.
public enum GraphFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// Graphviz.
    case dot
    /// Mermaid flowchart, as many forges and viewers draw.
    case mermaid
    /// A drawing of our own that any browser opens: no script in it and nothing from outside.
    case svg
}
