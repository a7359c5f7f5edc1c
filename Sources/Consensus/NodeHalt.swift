/// Why a node is finished.
package struct NodeHalt: Hashable, Sendable, CustomStringConvertible {
    /// One sentence for a person, with the remedy where there is one.
    package var reason: String
    /// True when starting again from disk may help; otherwise only a person can.
    package var mayPass: Bool

    package init(_ reason: String, mayPass: Bool = true) {
        self.reason = reason
        self.mayPass = mayPass
    }

    package var description: String { self.reason }
}
