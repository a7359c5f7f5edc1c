/// Why the client could not do what was asked, in a sentence that names the remedy.
public struct LeaseClientError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case configuration, unreachable, notTrusted, unauthorized, notValid, refused, unknownReply, leaseLost
            case leaseHeld, timedOut
        }

        private let kind: Kind

        /// The configuration is missing, unreadable or wrong.
        public static let configuration = Code(kind: .configuration)
        /// No controller answers.
        public static let unreachable = Code(kind: .unreachable)
        /// Controllers answer but are not of the cluster whose CA the configuration names.
        public static let notTrusted = Code(kind: .notTrusted)
        /// The account or token is wrong, or may not do this.
        public static let unauthorized = Code(kind: .unauthorized)
        /// The controller says the request makes no sense.
        public static let notValid = Code(kind: .notValid)
        /// The controller answered with another error; `protocolCode` has its code.
        public static let refused = Code(kind: .refused)
        /// The controller's answer makes no sense to this client: versions that do not fit.
        public static let unknownReply = Code(kind: .unknownReply)
        /// The lease is, or may be, somebody else's.
        public static let leaseLost = Code(kind: .leaseLost)
        /// Somebody else holds the lease and it was not to be waited for.
        public static let leaseHeld = Code(kind: .leaseHeld)
        /// The time given was not enough.
        public static let timedOut = Code(kind: .timedOut)

        /// The name of the code.
        public var description: String { self.kind.rawValue }
    }

    /// What kind of failure it is.
    public var code: Code
    /// A sentence for people.
    public var message: String
    /// The controller's own error code, such as `not implemented`, if it answered with one.
    public var protocolCode: String?
    /// What was thrown below, if anything.
    public var cause: (any Error)?

    /// An error from its parts.
    public init(_ code: Code, _ message: String, protocolCode: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.protocolCode = protocolCode
        self.cause = cause
    }

    /// The message.
    public var description: String { self.message }
}
