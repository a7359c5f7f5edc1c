/// What a bounce of one manifold would do, were it asked for now. Encodes to stable kebab-case keys.
///
/// Found by rehearsing the bounce on a copy of the engine's own rules, with the durations measured last in place of the
/// workers; what was never measured counts as no time at all, and is said to be so.
public struct Impact: Sendable, Hashable, Codable {
    /// One manifold that would stop or start.
    public struct Step: Sendable, Hashable, Codable {
        /// The manifold.
        public var name: String
        /// How long it took last time, in milliseconds; nil when that was never measured.
        public var measuredInMilliseconds: Double?

        enum CodingKeys: String, CodingKey {
            case name
            case measuredInMilliseconds = "measured-ms"
        }
    }

    /// One input that would be empty for a while, of a manifold that stays up.
    public struct Emptied: Sendable, Hashable, Codable {
        /// Who has the input.
        public var name: String
        /// Whose output it is.
        public var provider: String
        /// How it is needed.
        public var kind: InputKind
        /// Whether it is an optional input that is told of changes, which arrives empty after the settle window.
        public var isLive: Bool

        enum CodingKeys: String, CodingKey {
            case name, provider, kind
            case isLive = "live"
        }
    }

    /// The manifold that would be bounced.
    public var name: String
    /// What it is doing now.
    public var state: ManifoldState
    /// Who would be asked to stop, in waves: the first have no users, the last is the manifold itself.
    public var stops: [[Step]]
    /// Who would start, in waves: each needs something of the wave before. May name manifolds that wait or hold back now.
    public var starts: [[Step]]
    /// Who would find a handle empty meanwhile and stay up.
    public var emptied: [Emptied]
    /// Milliseconds until the manifold itself is ready again; nil when it would not be, or nothing was ever measured.
    public var ownGapInMilliseconds: Double?
    /// Milliseconds until everything named in `starts` is ready again; nil when nothing was ever measured.
    public var gapInMilliseconds: Double?
    /// Whether a part of the gaps was never measured, so that they are the least to expect.
    public var isLeast: Bool

    enum CodingKeys: String, CodingKey {
        case name, state, stops, starts, emptied
        case ownGapInMilliseconds = "own-gap-ms"
        case gapInMilliseconds = "gap-ms"
        case isLeast = "least"
    }
}
