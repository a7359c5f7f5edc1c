import AgentResources
import Leases
import NIOCore
import RPC

/// The results of a bulk call of commands, written in the order of its items.
///
/// Straight to text, as there are a hundred thousand a second: nothing is a value first.
struct LeaseResults: Sendable {
    /// The commands of the items that were understood, in order.
    var commands: [IdentifiedCommand]
    /// The other items, by place, with what is wrong with them.
    var rejected: [(place: Int, failure: RPCFailure)] = []
    /// One a command.
    var answers: [LeaseAnswer] = []
    /// What the client counts on from when it chooses until when an operation may be applied.
    var globalTime: GlobalTime?

    /// Appends the answer of the call.
    func write(to text: inout ByteBuffer) {
        text.writeStaticString("{\"results\":[")
        var rejected = self.rejected[...]
        var accepted = 0
        for place in 0..<(self.commands.count + self.rejected.count) {
            if place > 0 { text.writeInteger(UInt8(ascii: ",")) }
            if let next = rejected.first, next.place == place {
                rejected.removeFirst()
                text.writeJSON(next.failure.asItem)
            } else {
                text.writeResult(self.answers[accepted], of: self.commands[accepted])
                accepted += 1
            }
        }
        text.writeInteger(UInt8(ascii: "]"))
        if let globalTime { text.writeMember(",\"global-time-ms\":", globalTime.milliseconds) }
        text.writeInteger(UInt8(ascii: "}"))
    }
}

extension ByteBuffer {
    /// Appends one member; `name` has the comma, the quotes and the colon.
    fileprivate mutating func writeMember(_ name: StaticString, _ number: UInt64) {
        self.writeStaticString(name)
        self.writeDecimal(min(number, UInt64(Int64.max)))
    }

    fileprivate mutating func writeMember(_ name: StaticString, _ value: String) {
        self.writeStaticString(name)
        self.writeJSON(value)
    }

    /// Appends the result of one command.
    mutating func writeResult(_ answer: LeaseAnswer, of asked: IdentifiedCommand) {
        self.writeMember("{\"lease\":", asked.command.key.name)
        switch answer.outcome {
        case .applied(let applied, _):
            self.writeResult(applied, of: asked.command)
        case .never(let refusal):
            self.writeStaticString(refusal.isForLoad ? ",\"outcome\":\"refused\"" : ",\"outcome\":\"never\"")
            self.write(refusal)
        case .unknown(let refusal):
            self.writeStaticString(",\"outcome\":\"unknown\"")
            self.write(refusal)
        }
        self.writeStaticString(",\"operation-id\":\"")
        self.writeHexadecimal(asked.told)
        self.writeInteger(UInt8(ascii: "\""))
        if let notAfter = asked.command.isQuestion ? nil : answer.notAfter {
            self.writeMember(",\"not-after-ms\":", notAfter.milliseconds)
        }
        self.writeInteger(UInt8(ascii: "}"))
    }

    private mutating func writeResult(_ applied: OperationResult?, of command: LeaseCommand) {
        switch applied {
        case .granted(let grant):
            self.writeStaticString(",\"outcome\":\"applied\"")
            self.write(grant)
            // Half of what is left: a grant stretched under load stretches the pauses between renewals with it.
            if command.isForHolding {
                self.writeMember(",\"next-renewal-in-ms\":", grant.remainingMilliseconds / 2)
            }
        case .held(let grant):
            self.writeStaticString(",\"outcome\":\"held\"")
            self.write(grant)
        case .notHeld:
            self.writeStaticString(",\"outcome\":\"never\",\"reason\":\"not-held\"")
        case .revoked where command.isForHolding:
            // It met a revoke that waited, and that has taken effect since.
            self.writeStaticString(",\"outcome\":\"never\",\"reason\":\"not-held\"")
        case .revoking(let remaining) where command.isForHolding:
            // The holder keeps what it was promised and gets no more.
            self.writeMember(",\"outcome\":\"never\",\"reason\":\"revoking\",\"expires-in-ms\":", remaining)
        case .revoked, nil:
            self.writeStaticString(",\"outcome\":\"applied\"")
        case .revoking(let remaining):
            // Free only once the holder's promised time has passed.
            self.writeMember(",\"outcome\":\"applied\",\"expires-in-ms\":", remaining)
        case .pinned(let isPinned):
            self.writeStaticString(",\"outcome\":\"applied\"")
            self.writeStaticString(isPinned ? ",\"pinned\":true" : ",\"pinned\":false")
        case .expired:
            self.writeStaticString(",\"outcome\":\"never\",\"reason\":\"expired\"")
        case .invalid(let rule):
            self.writeMember(",\"outcome\":\"never\",\"reason\":\"invalid\",\"message\":", rule)
        case .refused(let reason):
            self.writeMember(",\"outcome\":\"refused\",\"reason\":\"full\",\"message\":", reason)
        case .resolved(let resolution):
            self.writeResult(resolution, of: command)
        }
    }

    private mutating func writeResult(_ resolution: Resolution, of command: LeaseCommand) {
        switch resolution {
        case .applied(.revoking(let remaining)):
            // Whoever asks knows whether it wanted to revoke the lease or to hold it.
            self.writeMember(",\"outcome\":\"applied\",\"reason\":\"revoking\",\"expires-in-ms\":", remaining)
        case .applied(.revoked):
            self.writeStaticString(",\"outcome\":\"applied\",\"reason\":\"revoked\"")
        case .applied(let applied):
            self.writeResult(applied, of: command)
        case .never:
            self.writeStaticString(",\"outcome\":\"never\",\"reason\":\"not-applied\"")
        case .forgotten:
            self.writeStaticString(",\"outcome\":\"unknown\",\"reason\":\"forgotten\"")
        }
    }

    private mutating func write(_ grant: Grant) {
        self.writeMember(",\"holder\":", grant.holder)
        self.writeMember(",\"token\":", grant.token.rawValue)
        self.writeMember(",\"expires-in-ms\":", grant.remainingMilliseconds)
    }

    private mutating func write(_ refusal: Refusal) {
        self.writeMember(",\"reason\":", refusal.reason.rawValue)
        if let retry = refusal.retryAfterMilliseconds { self.writeMember(",\"retry-after-ms\":", retry) }
    }
}

extension Refusal {
    /// Whether there was just too much to do.
    fileprivate var isForLoad: Bool { self.reason == .overloaded }
}

extension IdentifiedCommand {
    /// The id the client knows: of a question, that of the operation asked about.
    fileprivate var told: OperationID {
        if case .resolve(_, let asked, _) = self.command { asked } else { self.id }
    }
}

extension LeaseCommand {
    fileprivate var isQuestion: Bool { if case .resolve = self { true } else { false } }

    /// Whether it asks to hold the lease: only a grant is a success then.
    fileprivate var isForHolding: Bool {
        switch self {
        case .claim, .extend: true
        case .revoke, .pin, .unpin, .resolve: false
        }
    }
}
