/// Why a controller has no usable identity, said so that an operator can mend it.
package struct IdentityError: Error, Sendable, CustomStringConvertible {
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable, Hashable {
            case missing, unreadable, malformed, expired, foreign, mismatched, invalidCluster, alreadyExists
        }

        private let kind: Kind

        /// A file of the identity is not there.
        package static let missing = Code(kind: .missing)
        /// A file is there and cannot be read or written.
        package static let unreadable = Code(kind: .unreadable)
        /// A file's contents are not what they should be.
        package static let malformed = Code(kind: .malformed)
        /// A certificate is not valid today.
        package static let expired = Code(kind: .expired)
        /// A certificate is not of this cluster's authority, or names another cluster or controller.
        package static let foreign = Code(kind: .foreign)
        /// Key and certificate do not belong together.
        package static let mismatched = Code(kind: .mismatched)
        /// The cluster to be made breaks a rule, for example four voters.
        package static let invalidCluster = Code(kind: .invalidCluster)
        /// There is an identity already, and it is not overwritten.
        package static let alreadyExists = Code(kind: .alreadyExists)

        package var description: String { self.kind.rawValue }
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message alone: causes from TLS and file libraries are for `cause`, not for people.
    package var description: String { self.message }
}
