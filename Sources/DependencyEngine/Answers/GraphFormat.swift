/// A language to draw the graph in.
public enum GraphFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// Graphviz.
    case dot
    /// Mermaid flowchart, as many forges and viewers draw.
    case mermaid
}
