/// What the manifolds did and when: the last transitions, the chains that decided how long a start and a bounce took,
/// and who takes long to start. Encodes to stable kebab-case keys.
///
/// All times are milliseconds since the engine was made. The history is bounded: see `forgotten`.
public struct Timeline: Sendable, Hashable, Codable {
    /// A time during which one manifold was in one state.
    public struct Span: Sendable, Hashable, Codable {
        /// What it did; times in which it waited are left out.
        public var state: ManifoldState
        /// From when.
        public var begin: Double
        /// Until when; nil while it goes on.
        public var end: Double?
        /// Which instance.
        public var generation: Int

        enum CodingKeys: String, CodingKey {
            case state, generation
            case begin = "begin-ms"
            case end = "end-ms"
        }
    }

    /// One moment at which something went wrong, or a worker asked to be started again.
    public struct Mark: Sendable, Hashable, Codable {
        /// `failed`, `bounced` or `abandoned`.
        public var kind: EngineEvent.Kind
        /// When.
        public var at: Double

        enum CodingKeys: String, CodingKey {
            case kind
            case at = "at-ms"
        }
    }

    /// One manifold.
    public struct Row: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// What it is doing now.
        public var state: ManifoldState
        /// What it did, oldest first.
        public var spans: [Span]
        /// What went wrong, oldest first.
        public var marks: [Mark]
        /// When its start function was called for the first time; kept however long ago that was.
        public var firstBegan: Double?
        /// When it was ready for the first time; kept too.
        public var firstReady: Double?
        /// How long its last start took until it was ready.
        public var startTook: Double?
        /// How long its last stop took.
        public var stopTook: Double?

        enum CodingKeys: String, CodingKey {
            case name, state, spans, marks
            case firstBegan = "first-began-ms"
            case firstReady = "first-ready-ms"
            case startTook = "start-ms"
            case stopTook = "stop-ms"
        }
    }

    /// What decided how long something took: each step began when the one before it had ended.
    public struct Chain: Sendable, Hashable, Codable {
        /// One stretch of it.
        public struct Step: Sendable, Hashable, Codable {
            /// Whose.
            public var name: String
            /// `starting`, `stopping` or `backing-off`.
            public var state: ManifoldState
            /// From when.
            public var begin: Double
            /// Until when.
            public var end: Double

            enum CodingKeys: String, CodingKey {
                case name, state
                case begin = "begin-ms"
                case end = "end-ms"
            }
        }

        /// In the order of time.
        public var steps: [Step]

        /// When it began.
        public var begin: Double { self.steps.first?.begin ?? 0 }
        /// When the last manifold was ready.
        public var end: Double { self.steps.last?.end ?? 0 }
    }

    /// How long one manifold took to start.
    public struct Blame: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// From the call of its start function until it was ready, the last time.
        public var startTook: Double

        enum CodingKeys: String, CodingKey {
            case name
            case startTook = "start-ms"
        }
    }

    /// When this was asked for.
    public var now: Double
    /// When the engine began to run; nil before.
    public var runAt: Double?
    /// When, after that, nothing was starting any more for the first time; a little later if manifolds that say themselves
    /// when they are ready said so soon after.
    public var startSettled: Double?
    /// Every manifold that was ever begun, in the order of their first starts.
    public var rows: [Row]
    /// What decided how long the first start took.
    public var start: Chain?
    /// What decided how long the last restart took.
    public var bounce: Chain?
    /// Who takes longest to start, longest first.
    public var blame: [Blame]
    /// Transitions too old to be kept.
    public var forgotten: Int

    enum CodingKeys: String, CodingKey {
        case rows, start, bounce, blame, forgotten
        case now = "now-ms"
        case runAt = "run-ms"
        case startSettled = "start-settled-ms"
    }

    /// Which part of a timeline is shown.
    public enum Window: Sendable, Hashable {
        /// The first start, from `run` until `startSettled`.
        case start
        /// The last restart, from the first stop or failure until the last manifold was ready.
        case bounce
        /// So long until now.
        case last(Duration)
        /// All that is known.
        case whole
    }
}
