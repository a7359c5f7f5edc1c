import LoadReport

/// What happened before, in or after a storm.
struct StormPhase: Sendable {
    var name: String
    /// A second, by class.
    var goodput: [String: Double]
    /// Operations that began, a second.
    var sent: Double
    /// Refused, without an outcome or not sent, a second.
    var shed: Double
    /// Of what was granted, the worst second of any class but critical; in milliseconds.
    var p99: Double
    /// Of refusals, the median and the worst second.
    var refusalP99: (median: Double, worst: Double)?
    var lost: Int
    /// Most of the controllers together, and of the load.
    var controllerBytes: Int
    var loadBytes: Int
    /// In percent of one core.
    var controllerCPU: Double
    var loadCPU: Double

    static let stormName = "storm"

    static func all(of result: LoadResult, _ plan: StormPlan) -> [StormPhase] {
        let before = Double(plan.before)
        return [
            Self("before", result, from: 1, to: before),
            Self(Self.stormName, result, from: before + 1, to: plan.stormEnds),
            Self("after", result, from: plan.stormEnds + 1, to: .infinity),
        ].compactMap(\.self)
    }

    private init?(_ name: String, _ result: LoadResult, from start: Double, to end: Double) {
        let seconds = result.seconds.filter { $0.at > start && $0.at <= end }
        guard !seconds.isEmpty else { return nil }
        let count = Double(seconds.count)
        let own = Set(result.processes.filter(\.isSelf).map(\.pid))
        func most(_ isLoad: Bool) -> Int {
            seconds.map { second in
                second.processes.filter { own.contains($0.pid) == isLoad }.reduce(0) { $0 + $1.residentBytes }
            }.max() ?? 0
        }
        func mean(_ isLoad: Bool) -> Double {
            seconds.reduce(0) { sum, second in
                sum + second.processes.filter { own.contains($0.pid) == isLoad }.reduce(0) { $0 + $1.cpuPercent }
            } / count
        }
        self.name = name
        self.goodput = ["claim", "extend", "critical"].reduce(into: [:]) { goodput, kind in
            goodput[kind] = Double(seconds.reduce(0) { $0 + ($1.classes[kind]?.goodput ?? 0) }) / count
        }
        self.sent = Double(seconds.reduce(0) { $0 + $1.classes.values.reduce(0) { $0 + $1.started } }) / count
        self.shed = Double(seconds.reduce(0) { $0 + $1.shed }) / count
        self.p99 = seconds.compactMap(\.p99).max() ?? 0
        let refusals = seconds.flatMap { $0.classes.values.compactMap(\.refusalP99) }.sorted()
        self.refusalP99 = refusals.last.map { (refusals[refusals.count / 2], $0) }
        self.lost = seconds.reduce(0) { $0 + $1.lost }
        self.controllerBytes = most(false)
        self.loadBytes = most(true)
        self.controllerCPU = mean(false)
        self.loadCPU = mean(true)
    }

    static func recovery(of result: LoadResult, _ plan: StormPlan) -> Double? {
        let calm = result.seconds.filter { $0.at > 1 && $0.at <= Double(plan.before) }.compactMap(\.p99).sorted()
        guard let usual = calm.isEmpty ? nil : calm[calm.count / 2] else { return nil }
        let after = result.seconds.filter { $0.at > plan.stormEnds }
        let normal = after.first { $0.shed == 0 && ($0.p99 ?? .infinity) <= 2 * usual }
        return normal.map { $0.at - plan.stormEnds }
    }

    /// Until a second has 95 % of the median goodput of the storm's seconds before the leader was killed.
    static func goodputBack(of result: LoadResult, _ plan: StormPlan) -> Double? {
        let storm = result.seconds.filter { $0.at > Double(plan.before) + 1 && $0.at <= plan.stormEnds }
        let usual = storm.filter { $0.at <= plan.peak }.map(\.goodput).sorted()
        guard !usual.isEmpty else { return nil }
        let back = storm.first { $0.at > plan.peak + 1 && Double($0.goodput) >= 0.95 * Double(usual[usual.count / 2]) }
        return back.map { $0.at - plan.peak }
    }
}

extension LoadResult.Second {
    /// What was not granted for any other reason than that another holds the lease.
    fileprivate var shed: Int { self.classes.values.reduce(0) { $0 + $1.refusals + $1.unknown + $1.notSent } }

    fileprivate var goodput: Int { self.classes.values.reduce(0) { $0 + $1.goodput } }

    /// Of claims and extensions granted, the slower class.
    fileprivate var p99: Double? { ["claim", "extend"].compactMap { self.classes[$0]?.p99 }.max() }
}
