import AgentResources
import DependencyEngine
import Leases
import NIOCore
import RPC

extension Facade {
    /// `RaftLease` version 2, for controllers: how they bring their operations to the leader.
    ///
    /// `ApplyLease` is Juju's, a command after the other. `ApplyBatch` and `CollectBatch` are ours: many operations with
    /// ids and deadlines of their own in one message, answered as they come.
    static let raftLease = Facade(
        name: "RaftLease",
        version: 2,
        audience: .peers,
        methods: [
            "ApplyLease": .calling { call, reply throws(RPCFailure) in try RaftLease.applyLease(call, reply) },
            "ApplyBatch": .calling { call, reply throws(RPCFailure) in try RaftLease.applyBatch(call, reply) },
            "CollectBatch": .calling { call, reply throws(RPCFailure) in try RaftLease.collectBatch(call, reply) },
        ]
    )
}

private enum RaftLease {
    /// An operation waits at most this long, whatever it asks for.
    static let longestDeadline = Duration.seconds(60)
    /// Juju's own upper bound for one command.
    static let commandTimeout = Duration.seconds(10)

    /// Who may submit: nobody but the leader takes operations to the log.
    static func leader(_ call: FacadeCall) throws(RPCFailure) -> (any Proposals, any Operations) {
        guard let raft = call.services.raft.current, let operations = call.services.operations.current else {
            throw .tryAgain(.tryAgain)
        }
        let status = raft.status
        guard status.role == .leader else { throw .notLeader(status.leader) }
        return (raft, operations)
    }

    // MARK: Batches

    static func applyBatch(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        let fields = try Fields(call.parameters, knowing: ["operations"])
        // Not read as a text: it is long, and nothing but its own alphabet passes the decoding.
        guard case .string(let text)? = fields.raw("operations"), let bytes = Base64.decode(text),
            let request = try? LeaseRequest(hubBytes: bytes), !request.isRepeat, !request.items.isEmpty
        else {
            throw .notValid("\"operations\" must be a batch of this version: see that all controllers run the same one")
        }
        let (raft, operations) = try Self.leader(call)
        guard
            let batch = call.services.batches.begin(
                request,
                origin: call.origin,
                eventLoop: call.eventLoop,
                load: { operations.load }
            )
        else { throw .tryAgain(.overloaded) }
        let now = Uptime.sinceBoot()
        var late: [SlotAnswer] = []
        var submissions: [Submission] = []
        submissions.reserveCapacity(request.items.count)
        for (slot, item) in request.items.enumerated() {
            guard item.remainingMilliseconds > 0 else {
                late.append(SlotAnswer(slot: slot, outcome: .never(Refusal(.deadlineExceeded))))
                continue
            }
            let remaining = min(Duration.milliseconds(Int64(item.remainingMilliseconds)), Self.longestDeadline)
            submissions.append(
                Submission(
                    request: item.request,
                    deadline: now + remaining,
                    address: ReplyAddress(batch, slot: slot)
                )
            )
        }
        if !late.isEmpty { batch.take(late) }
        operations.submit(submissions, orderedBy: raft, now: now)
        batch.wait(reply)
    }

    static func collectBatch(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        let fields = try Fields(call.parameters, knowing: ["id"])
        guard let id = try fields.whole("id", in: Int64.min...Int64.max, unit: "any size"),
            let batch = call.services.batches.batch(UInt64(bitPattern: id), of: call.origin)
        else { throw .notValid("\"id\" must be that of a batch with answers to come") }
        batch.wait(reply)
    }

    // MARK: Juju's commands

    static func applyLease(_ call: FacadeCall, _ reply: RPCReply) throws(RPCFailure) {
        let items = try Fields(call.parameters, knowing: nil).list("commands", atMost: LeaseCallLimits.itemsPerCall)
        var commands: [Result<LeaseCommand, RPCFailure>] = []
        for item in items {
            do throws(RPCFailure) {
                commands.append(.success(try Self.command(item)))
            } catch {
                commands.append(.failure(error))
            }
        }
        Self.next(commands, results: [], call, reply)
    }

    /// One command after the other, as their order may matter to who sent them; the first that meets no leader ends all.
    private static func next(
        _ commands: [Result<LeaseCommand, RPCFailure>],
        results: [RPCFailure?],
        _ call: FacadeCall,
        _ reply: RPCReply
    ) {
        var results = results
        while results.count < commands.count {
            if let last = results.last ?? nil, last.code == "not leader" {
                results += Array(repeating: last, count: commands.count - results.count)
                break
            }
            do throws(RPCFailure) {
                let command = try commands[results.count].get()
                let (raft, operations) = try Self.leader(call)
                let now = Uptime.sinceBoot()
                let timeout = UInt64(clamping: Self.commandTimeout.wholeMilliseconds)
                let operation = LeaseOperation(
                    id: .random(),
                    notAfter: raft.globalTime.advanced(byMilliseconds: timeout),
                    command: command
                )
                let soFar = results
                let submission = Submission(
                    request: .apply(operation),
                    deadline: now + Self.commandTimeout,
                    caller: call.origin
                ) { outcome in
                    // Another turn: a reply must not block, and many commands must not nest.
                    call.eventLoop.execute {
                        Self.next(commands, results: soFar + [Self.failure(outcome)], call, reply)
                    }
                }
                return operations.submit([submission], orderedBy: raft, now: now)
            } catch {
                results.append(error)
            }
        }
        reply.succeed(RPCFailure.results(results))
    }

    private static func command(_ item: JSONValue) throws(RPCFailure) -> LeaseCommand {
        let fields = try Fields(item, knowing: nil, of: "an item of \"commands\"")
        guard try fields.whole("version", in: 0...Int64.max, unit: "versions") == 1 else {
            throw .notValid("version not valid: it must be 1")
        }
        func text(_ name: String) throws(RPCFailure) -> String {
            try fields.requiredText(name, bytes: LeaseCallLimits.nameBytes)
        }
        let operation = try fields.requiredText("operation", bytes: 1...64)
        guard operation != "setTime" else { throw .notValid("the clock is the leader's own: \"setTime\"") }
        let key = LeaseKey(
            namespace: try text("namespace"),
            model: try text("model-uuid"),
            name: try text("lease")
        )
        /// Rounded up: a lease lasts at least what was asked for.
        func milliseconds() throws(RPCFailure) -> UInt64 {
            let longest = Int64(LeaseLimits.longest) * 1_000_000
            guard let nanoseconds = try fields.whole("duration", in: 1...longest, unit: "nanoseconds") else {
                throw .notValid("\(operation) with zero duration not valid")
            }
            return UInt64(nanoseconds + 999_999) / 1_000_000
        }
        switch operation {
        case "claim": return .claim(key, holder: try text("holder"), milliseconds: try milliseconds())
        case "extend": return .extend(key, holder: try text("holder"), milliseconds: try milliseconds())
        case "revoke": return .revoke(key, holder: try text("holder"), force: false)
        case "pin": return .pin(key, entity: try text("pin-entity"))
        case "unpin": return .unpin(key, entity: try text("pin-entity"))
        default: throw .notValid("operation \"\(operation.excerpt)\" not valid")
        }
    }

    /// Juju's error for each way a command can end.
    private static func failure(_ outcome: SubmissionOutcome) -> RPCFailure? {
        switch outcome {
        case .applied(let result, _):
            switch result {
            case .granted, .revoked, .revoking, .pinned, nil: return nil
            case .refused: return .leaseError("lease operation dropped", type: "lease-dropped")
            case .held: return .leaseError("lease already held", type: "lease-held")
            case .notHeld, .invalid: return .leaseError("invalid lease operation", type: "lease-invalid")
            default: return .leaseError("lease operation timed out", type: "lease-timeout")
            }
        case .unknown: return .leaseError("lease operation timed out", type: "lease-timeout")
        case .never(let refusal):
            switch refusal.reason {
            case .notLeader: return .notLeader(refusal.leader)
            case .deadlineExceeded, .overloaded:
                return RPCFailure(code: "deadline exceeded", message: "lease deadline exceeded")
            case .tryAgain, .stopping, .abandoned:
                return .leaseError("lease operation dropped", type: "lease-dropped")
            }
        }
    }
}
