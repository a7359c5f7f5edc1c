/// Names one logical operation, so that asking again never does it twice.
public struct OperationID: Sendable, CustomStringConvertible {
    /// 32 hexadecimal digits.
    public let text: String
    /// When it was made, if it was made here.
    ///
    /// An operation cannot have been applied before its id existed, however often and by whichever way it was sent since:
    /// a holder counts its time from here.
    let created: ContinuousClock.Instant?
    /// Until when it may be applied, chosen when it is first sent.
    let limit = OperationLimit()

    /// A new one, unlike any other. Make it when the operation is about to be sent: a grant counts from then.
    public init() {
        self.text = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        self.created = .now
    }

    /// One from an earlier attempt; `nil` unless `text` is 32 hexadecimal digits.
    ///
    /// How old it is is not known, so a grant under it has no safe instant. Nor is it known until when the earlier
    /// attempt could be applied: it is not done twice if this one is sent before that, its timeout and 5 s, is over.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        self.text = text.lowercased()
        self.created = nil
    }

    /// The 32 digits.
    public var description: String { self.text }
}

extension OperationID: Hashable {
    /// Two ids are the same when their digits are.
    public static func == (left: OperationID, right: OperationID) -> Bool { left.text == right.text }

    /// Hashes the digits.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.text) }
}
