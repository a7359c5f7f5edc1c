/// What the machine knew of a manifold that was installed, types by their name.
struct RecordedDeclaration: Codable, Sendable, Hashable {
    struct Edge: Codable, Sendable, Hashable {
        var name: String
        var kind: InputKind
        var type: String
        var isLive: Bool?

        enum CodingKeys: String, CodingKey {
            case name, kind, type
            case isLive = "live"
        }
    }

    struct Group: Codable, Sendable, Hashable {
        var name: String
        var type: String
        var site: String
    }

    struct Policy: Codable, Sendable, Hashable {
        var firstDelay: RecordedTime
        var factor: Double
        var maximumDelay: RecordedTime
        var jitter: Double
        var healthyAfter: RecordedTime
        var budget: Int
        /// `park`, `keep-trying`, or `end-engine` with a code.
        var exhausted: String
        var code: Int32?

        enum CodingKeys: String, CodingKey {
            case factor, jitter, budget, exhausted, code
            case firstDelay = "first-delay"
            case maximumDelay = "maximum-delay"
            case healthyAfter = "healthy-after"
        }
    }

    var name: String
    var site: String
    var type: String
    var edges: [Edge]
    var joins: [Group]?
    var collects: [Group]?
    var isSignalled: Bool?
    var isProbed: Bool?
    var readyWithin: RecordedTime?
    var policy: Policy
    var graceful: RecordedTime
    var cancelled: RecordedTime
    var startDeadline: RecordedTime?
    var drainDeadline: RecordedTime?

    enum CodingKeys: String, CodingKey {
        case name, site, type, edges, joins, collects, policy
        case isSignalled = "signalled"
        case isProbed = "probed"
        case readyWithin = "ready-within"
        case graceful = "stop-graceful"
        case cancelled = "stop-cancelled"
        case startDeadline = "start-deadline"
        case drainDeadline = "drain-deadline"
    }
}

extension RecordedDeclaration {
    init(_ declaration: MachineDeclaration) {
        self.name = declaration.name
        self.site = declaration.site
        self.type = "\(declaration.outputType)"
        self.edges = declaration.edges.map { edge in
            Edge(name: edge.name, kind: edge.kind, type: "\(edge.valueType)", isLive: edge.isLive ? true : nil)
        }
        self.joins = Self.groups(declaration.joins)
        self.collects = Self.groups(declaration.collects)
        self.isSignalled = declaration.readiness.isSignalled ? true : nil
        if case .probed = declaration.readiness { self.isProbed = true }
        self.readyWithin = declaration.readiness.deadline.map { RecordedTime($0) }
        self.policy = Policy(declaration.policy)
        self.graceful = RecordedTime(declaration.deadlines.graceful)
        self.cancelled = RecordedTime(declaration.deadlines.cancelled)
        self.startDeadline = declaration.startDeadline.map { RecordedTime($0) }
        self.drainDeadline = declaration.drainDeadline.map { RecordedTime($0) }
    }

    private static func groups(_ edges: [GroupEdge]) -> [Group]? {
        edges.isEmpty ? nil : edges.map { Group(name: $0.group, type: "\($0.valueType)", site: $0.site) }
    }

    /// The declaration for a machine that runs again. All types are one: that they fit was checked when it was recorded.
    var replayed: MachineDeclaration {
        MachineDeclaration(
            name: self.name,
            site: self.site,
            edges: self.edges.map {
                InputEdge(name: $0.name, kind: $0.kind, valueType: Void.self, isLive: $0.isLive ?? false)
            },
            outputType: Void.self,
            readiness: self.readiness,
            policy: self.policy.replayed,
            deadlines: StopDeadlines(graceful: self.graceful.duration, cancelled: self.cancelled.duration),
            startDeadline: self.startDeadline?.duration,
            drainDeadline: self.drainDeadline?.duration,
            joins: Self.edges(self.joins),
            collects: Self.edges(self.collects)
        )
    }

    private var readiness: Readiness {
        let within = self.readyWithin?.duration
        if self.isProbed == true { return within.map { .probed(within: $0) } ?? .probed() }
        guard self.isSignalled == true else { return .started }
        return within.map { .signalled(within: $0) } ?? .signalled
    }

    private static func edges(_ groups: [Group]?) -> [GroupEdge] {
        (groups ?? []).map { GroupEdge(group: $0.name, valueType: Void.self, site: $0.site) }
    }
}

extension RecordedDeclaration.Policy {
    init(_ policy: RestartPolicy) {
        self.firstDelay = RecordedTime(policy.firstDelay)
        self.factor = policy.factor
        self.maximumDelay = RecordedTime(policy.maximumDelay)
        self.jitter = policy.jitter
        self.healthyAfter = RecordedTime(policy.healthyAfter)
        self.budget = policy.budget
        switch policy.exhausted {
        case .park: self.exhausted = "park"
        case .keepTrying: self.exhausted = "keep-trying"
        case .endEngine(let code):
            self.exhausted = "end-engine"
            self.code = code
        }
    }

    var replayed: RestartPolicy {
        RestartPolicy(
            firstDelay: self.firstDelay.duration,
            factor: self.factor,
            maximumDelay: self.maximumDelay.duration,
            jitter: self.jitter,
            healthyAfter: self.healthyAfter.duration,
            budget: self.budget,
            exhausted: self.code.map { .endEngine(code: $0) } ?? (self.exhausted == "park" ? .park : .keepTrying)
        )
    }
}
