/// What the machine must know of a manifold.
///
/// A class, since it never changes and is passed about much: a reference keeps the nodes small, too.
final class MachineDeclaration: Sendable {
    let name: String
    let site: String
    let origin: String?
    let edges: [InputEdge]
    let outputType: any Sendable.Type
    let readiness: Readiness
    let policy: RestartPolicy
    let deadlines: StopDeadlines
    let startDeadline: Duration?
    let drainDeadline: Duration?
    /// Groups it is a member of.
    let joins: [GroupEdge]
    /// Groups whose members it needs; not among `edges`.
    let collects: [GroupEdge]

    init(
        name: String,
        site: String,
        origin: String? = nil,
        edges: [InputEdge],
        outputType: any Sendable.Type,
        readiness: Readiness = .started,
        policy: RestartPolicy = .standard,
        deadlines: StopDeadlines = StopDeadlines(),
        startDeadline: Duration? = nil,
        drainDeadline: Duration? = nil,
        joins: [GroupEdge] = [],
        collects: [GroupEdge] = []
    ) {
        self.name = name
        self.site = site
        self.origin = origin
        self.edges = edges
        self.outputType = outputType
        self.readiness = readiness
        self.policy = policy
        self.deadlines = deadlines
        self.startDeadline = startDeadline
        self.drainDeadline = drainDeadline
        self.joins = joins
        self.collects = collects
    }

    convenience init(_ manifold: Manifold) {
        let hasGroups = manifold.edges.contains { $0.isGroup }
        self.init(
            name: manifold.name,
            site: manifold.site,
            origin: manifold.origin,
            edges: hasGroups ? manifold.edges.filter { !$0.isGroup } : manifold.edges,
            outputType: manifold.outputType,
            readiness: manifold.readiness,
            policy: manifold.policy,
            deadlines: manifold.deadlines,
            startDeadline: manifold.startDeadline,
            drainDeadline: manifold.drainDeadline,
            joins: manifold.groups,
            collects: hasGroups ? manifold.edges.compactMap { GroupEdge($0, site: manifold.site) } : []
        )
    }
}
