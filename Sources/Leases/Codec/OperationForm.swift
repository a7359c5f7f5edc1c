/// How operations that follow one another are written: each by what sets it apart from those before it.
///
/// The first byte has the kind in its lower three bits, and above them what is not written because it is known: a bulk
/// call's operations have one instant, one duration and consecutive ids. Namespace and model are written once and then
/// named by number. One sequence of operations has one form.
enum OperationForm {
    enum Kind: UInt8, Sendable {
        case claim = 1
        case extend = 2
        case revoke = 3
        case pin = 4
        case unpin = 5
        case resolve = 6
    }

    static let kindBits: UInt8 = 0b0000_0111
    /// The id is the last one's successor.
    static let follows: UInt8 = 0b0000_1000
    /// `notAfter` is the last one's.
    static let sameInstant: UInt8 = 0b0001_0000
    /// The duration is the one last written; of claims and extensions only.
    static let sameDuration: UInt8 = 0b0010_0000
    /// It stands for others; of extensions only.
    static let covers: UInt8 = 0b0100_0000
    static let unused: UInt8 = 0b1000_0000

    /// Of a revoke, in one byte.
    static let isForced: UInt8 = 1
    static let hasHolder: UInt8 = 2

    /// Bytes of the shortest operation, to bound a count before any is read.
    static let shortest = 4

    /// What the next operation may be like. Nothing before the first: no id follows none.
    struct Previous: Sendable {
        private var id: OperationID?
        var instant: GlobalTime?
        var duration: UInt64?

        /// The id that would follow.
        var nextID: OperationID? { self.id.map { OperationID(high: $0.high, low: $0.low &+ 1) } }

        mutating func note(_ id: OperationID) { self.id = id }
    }
}

extension LeaseCommand {
    var kind: OperationForm.Kind {
        switch self {
        case .claim: .claim
        case .extend: .extend
        case .revoke: .revoke
        case .pin: .pin
        case .unpin: .unpin
        case .resolve: .resolve
        }
    }
}
