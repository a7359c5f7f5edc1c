/// What became of one item of a call.
struct AnswerItem: Sendable, Hashable {
    enum Outcome: UInt8, Sendable, Hashable {
        case applied, held, refused, never, unknown
        /// Of a wait.
        case free
        /// The item has an error instead of an outcome, or an outcome nobody knows.
        case error
    }

    var outcome = Outcome.error
    /// In the table of reasons; 0 for none.
    var reason: UInt8 = 0
    /// 0 for none.
    var token: UInt64 = 0
    /// -1 for none, as are the next.
    var retryAfterMilliseconds: Int32 = -1
    var nextRenewalMilliseconds: Int32 = -1
    var expiresInMilliseconds: Int32 = -1
}

/// One answer, as far as it is of interest; its items are elsewhere.
struct AnswerHead: Sendable, Hashable {
    var id: UInt64 = 0
    /// The call as a whole failed, for the reason of this number.
    var failure: UInt8?
    /// What the failed call's details say.
    var retryAfterMilliseconds: Int32 = -1
}

/// Reasons in words, each kept once: answers carry numbers.
struct ReasonTable: Sendable {
    private(set) var words: [String] = ["", "other"]
    private var bytes: [[UInt8]] = [[], Array("other".utf8)]
    /// More different ones are not worth telling apart, and a message may have a number in it.
    private static let most = 100
    private static let longest = 60

    /// The number of `text`, which is entered if it is new.
    mutating func number(of text: UnsafeBufferPointer<UInt8>) -> UInt8 {
        for (index, known) in self.bytes.enumerated() where known.elementsEqual(text.prefix(Self.longest)) {
            return UInt8(index)
        }
        guard self.bytes.count < Self.most else { return 1 }
        let kept = Array(text.prefix(Self.longest))
        self.bytes.append(kept)
        self.words.append(String(decoding: kept, as: UTF8.self))
        return UInt8(self.bytes.count - 1)
    }

    /// The number of `text`, which is entered if it is new.
    mutating func number(of text: String) -> UInt8 {
        Array(text.utf8).withUnsafeBufferPointer { self.number(of: $0) }
    }

    subscript(number: UInt8) -> String { self.words[Int(number)] }
}
