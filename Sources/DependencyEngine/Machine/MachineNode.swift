/// One name of the graph: what was declared, who is around it, and how far its instance is.
struct MachineNode: Sendable {
    struct Input: Sendable {
        var provider: ManifoldID
        var kind: InputKind
        /// An optional one that is told of changes instead of being bounced.
        var isLive = false
        /// The group whose member the provider is; those inputs come and go, and stand behind all others.
        var group: Int32?
    }

    struct Dependent: Sendable {
        var manifold: ManifoldID
        /// Which of its inputs this is.
        var input: Int
    }

    /// Why it stays down although its inputs are there.
    enum Hold: Sendable, Hashable {
        case missing(String)
        /// An error that trying again does not mend.
        case refused(String)
        case budgetSpent
        case byOperator
        case finished
    }

    enum Settle: Sendable, Hashable {
        case idle
        case armed
        case elapsed
    }

    let name: String
    /// Nil while the name is only an input of others.
    var declaration: MachineDeclaration?
    var inputs: [Input] = []
    /// Those that need this one, required or optional.
    var dependents: [Dependent] = []
    var deferredDependents: [Dependent] = []

    /// Required inputs that are not offered.
    var unmet = 0
    /// Instances that received this one's output and have not ended, of whatever generation.
    var users = 0
    /// The generation each input had when the instance began; 0 is none.
    var received: [Int] = []
    /// The generation that was delivered of each declared input that is live; empty when none is.
    var delivered: [Int] = []
    /// Whether dependents may start with its output.
    var isOffered = false
    /// Whether deferred handles hold its output: longer than offered, until it is itself asked to stop.
    var isPublished = false

    var instance: MachineInstance?
    var hold: Hold?
    var retryAt: Duration?
    var settle = Settle.idle
    var isLeaving = false
    var isMoving = false
    var isDrainPending = false
    /// A member of its groups went: others may follow, so its next start waits for a settle window.
    var lostMember = false
    /// Some of its inputs are to members that left while it held their output.
    var hasFormerMembers = false

    var generation = 0
    var startCount = 0
    /// Failures since it was last healthy.
    var failures = 0
    var failureCount = 0
    var quickBounces = 0
    var lastDelay = Duration.zero
    var lastError: String?
    var abandoned = 0

    var retryStamp: UInt32 = 0
    var settleStamp: UInt32 = 0
    var instanceStamp: UInt32 = 0

    init(name: String) {
        self.name = name
    }

    // Asked of the node where it stands: an expression that reaches through two optionals copies it whole.

    /// Whether it starts, stops or waits for a settle window.
    var isInMotion: Bool {
        if self.settle == .armed { return true }
        guard let instance = self.instance else { return false }
        return instance.phase == .starting || instance.stopReason != nil
    }

    var startDeadline: Duration? { self.declaration?.startDeadline }
    var deadlines: StopDeadlines { self.declaration?.deadlines ?? StopDeadlines() }
    var readiness: Readiness { self.declaration?.readiness ?? .started }
}

/// One start of a manifold, from the call of its start function to the end of its worker.
struct MachineInstance: Sendable {
    enum Phase: Sendable, Hashable {
        case starting, started, ready
    }

    enum StopReason: Sendable, Hashable {
        case requested
        case asked
        case inputStopped(ManifoldID)
        case optionalInputsChanged
        case failed
        case startTooSlow
        case readyTooSlow
        case parked
        case uninstalled
        case replaced
        case shutdown
    }

    var generation: Int
    var phase = Phase.starting
    var readyAt: Duration?
    /// Set once it must end: from then on nothing it throws is charged.
    var stopReason: StopReason?
    /// It was told; before, it waits for its dependents to end.
    var isAsked = false
    var isCancelled = false
}
