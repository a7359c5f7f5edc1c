/// Many times more operations than can be done, and what comes after.
enum JujuStorm: String, Sendable, CaseIterable {
    case slowed, bulk

    var title: String {
        switch self {
        case .slowed: "Storm and recovery"
        case .bulk: "The storm in calls of 100, with nothing slowed down"
        }
    }

    var text: String {
        switch self {
        case .slowed:
            """
            An open loop, which offers operations when they are due whatever became of those before: 70 % claims of fresh \
            leases, 29 % extensions, 1 % the controllers' own. Capacity is set by an injected commit time of 20 ms and 32 \
            operations an entry, measured first; then half of it is offered, ten times of it, and half again. Juju stressed \
            2.9.18 like this and saw a complete recovery.
            """
        case .bulk:
            """
            The same mix. The machine itself sets the capacity, and the load shares its two cores with the controllers: what is \
            offered is ten times the capacity, what is sent is less.
            """
        }
    }

    func runs(_ children: ChildProcesses, isQuick: Bool) -> [(name: String, run: StormRun)] {
        switch self {
        case .slowed:
            [
                ("api", StormRun(children: children, isQuick: isQuick)),
                ("pubsub", StormRun(children: children, transport: .pubsub, isQuick: isQuick)),
                ("api, leader killed", StormRun(children: children, killsLeader: true, isQuick: isQuick)),
            ]
        case .bulk:
            [
                ("api", StormRun(children: children, isQuick: isQuick, bulk: 100)),
                ("pubsub", StormRun(children: children, transport: .pubsub, isQuick: isQuick, bulk: 100)),
            ]
        }
    }
}
