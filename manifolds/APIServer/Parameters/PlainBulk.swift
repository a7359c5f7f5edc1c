import AgentResources
import Leases
import RPC

/// A bulk call of claims or extensions in its plainest form, read straight from the message's bytes.
///
/// What is not plain, or not allowed, is no `PlainBulk`: the general path reads the whole call again and says what is
/// wrong with which item. So this accepts nothing that the general path would not read in the same way, which a test
/// holds it to.
struct PlainBulk: Sendable {
    /// Which of the two commands the items are.
    enum Kind: Sendable {
        case claim, extend
    }

    private(set) var commands: [IdentifiedCommand] = []
    private(set) var timeout = Duration.milliseconds(LeaseCallLimits.defaultTimeoutMilliseconds)

    /// - Parameters:
    ///   - model: the only model an item may name.
    ///   - now: global time; without it every replica checks `not-after-ms`.
    init?(_ kind: Kind, _ bytes: UnsafeBufferPointer<UInt8>, model: String, now: GlobalTime?) {
        var reader = Reader(bytes, kind: kind, model: model, now: now)
        guard reader.readCall(into: &self) else { return nil }
    }

    private struct Reader {
        private var cursor: JSONCursor
        private let kind: Kind
        private let model: String
        private let now: GlobalTime?
        /// Most items of a call have these in common with the one before: then the text is shared, too.
        private var lastNamespace = LeaseCallLimits.defaultNamespace
        private var lastHolder = ""
        private var drawn = DrawnOperationIDs()

        init(_ bytes: UnsafeBufferPointer<UInt8>, kind: Kind, model: String, now: GlobalTime?) {
            self.cursor = JSONCursor(bytes)
            self.kind = kind
            // A copy for a call of many: all threads would hold on to the one text of all calls' keys, and wait for it.
            self.model =
                bytes.count > Self.smallCall ? String(decoding: Array(model.utf8), as: UTF8.self) : model
            self.now = now
        }

        /// Bytes of a call of a few items.
        private static let smallCall = 1_024

        mutating func readCall(into call: inout PlainBulk) -> Bool {
            guard self.cursor.take(UInt8(ascii: "{")) else { return false }
            var hasItems = false
            var hasTimeout = false
            repeat {
                guard let key = self.cursor.key() else { return false }
                if key.spells("leases"), !hasItems {
                    hasItems = true
                    guard self.readItems(into: &call.commands) else { return false }
                } else if key.spells("timeout-ms"), !hasTimeout {
                    hasTimeout = true
                    guard let timeout = self.cursor.whole(), LeaseCallLimits.timeoutMilliseconds.contains(timeout)
                    else { return false }
                    call.timeout = .milliseconds(timeout)
                } else {
                    return false
                }
            } while self.cursor.take(UInt8(ascii: ","))
            return self.cursor.take(UInt8(ascii: "}")) && self.cursor.isAtEnd() && hasItems
        }

        private mutating func readItems(into commands: inout [IdentifiedCommand]) -> Bool {
            guard self.cursor.take(UInt8(ascii: "[")) else { return false }
            repeat {
                guard commands.count < LeaseCallLimits.itemsPerCall, let command = self.readItem() else { return false }
                commands.append(command)
            } while self.cursor.take(UInt8(ascii: ","))
            return self.cursor.take(UInt8(ascii: "]"))
        }

        /// The members of one item as they come.
        private struct Item {
            var lease: UnsafeBufferPointer<UInt8>?
            var namespace: UnsafeBufferPointer<UInt8>?
            var model: UnsafeBufferPointer<UInt8>?
            var holder: UnsafeBufferPointer<UInt8>?
            var duration: Int64?
            var operation: UnsafeBufferPointer<UInt8>?
            var notAfter: Int64?
        }

        private mutating func readItem() -> IdentifiedCommand? {
            guard self.cursor.take(UInt8(ascii: "{")) else { return nil }
            var item = Item()
            repeat {
                guard let key = self.cursor.key(), self.readMember(key, of: &item) else { return nil }
            } while self.cursor.take(UInt8(ascii: ","))
            guard self.cursor.take(UInt8(ascii: "}")) else { return nil }
            return self.command(item)
        }

        /// False for a member that is not plain, or there already.
        private mutating func readMember(_ key: UnsafeBufferPointer<UInt8>, of item: inout Item) -> Bool {
            if key.spells("lease") { return self.readName(&item.lease) }
            if key.spells("holder") { return self.readName(&item.holder) }
            if key.spells("duration-ms") { return self.readNumber(&item.duration) }
            if key.spells("operation-id") { return self.readName(&item.operation) }
            if key.spells("not-after-ms") { return self.readNumber(&item.notAfter) }
            if key.spells("namespace") { return self.readName(&item.namespace) }
            if key.spells("model") { return self.readName(&item.model) }
            return false
        }

        private mutating func readName(_ name: inout UnsafeBufferPointer<UInt8>?) -> Bool {
            guard name == nil, let bytes = self.cursor.string(), LeaseCallLimits.nameBytes.contains(bytes.count) else {
                return false
            }
            name = bytes
            return true
        }

        private mutating func readNumber(_ number: inout Int64?) -> Bool {
            guard number == nil, let value = self.cursor.whole() else { return false }
            number = value
            return true
        }

        /// The command the members make; `nil` when one is missing or beyond its limits.
        private mutating func command(_ item: Item) -> IdentifiedCommand? {
            guard let lease = item.lease, let holder = item.holder, let duration = item.duration,
                LeaseCallLimits.durationMilliseconds.contains(duration)
            else { return nil }
            if let model = item.model, !model.spells(self.model) { return nil }
            var id: OperationID?
            if let operation = item.operation {
                id = OperationID(hexadecimal: operation)
                if id == nil { return nil }
            }
            var notAfter: GlobalTime?
            if let milliseconds = item.notAfter {
                guard id != nil, milliseconds <= LeaseCallLimits.largestToken else { return nil }
                let limit = GlobalTime(milliseconds: UInt64(milliseconds))
                if let now, limit > now.advanced(byMilliseconds: LeaseLimits.notAfterHorizonMilliseconds) { return nil }
                notAfter = limit
            }
            let namespace = item.namespace.map { Self.text($0, &self.lastNamespace) }
            let key = LeaseKey(
                namespace: namespace ?? LeaseCallLimits.defaultNamespace,
                model: self.model,
                name: String(decoding: lease, as: UTF8.self)
            )
            let name = Self.text(holder, &self.lastHolder)
            let command: LeaseCommand =
                switch self.kind {
                case .claim: .claim(key, holder: name, milliseconds: UInt64(duration))
                case .extend: .extend(key, holder: name, milliseconds: UInt64(duration))
                }
            return IdentifiedCommand(id: id ?? self.drawn.draw(), command: command, notAfter: notAfter)
        }

        private static func text(_ bytes: UnsafeBufferPointer<UInt8>, _ last: inout String) -> String {
            if !bytes.spells(last) { last = String(decoding: bytes, as: UTF8.self) }
            return last
        }
    }
}
