/// What clients do at this controller's API server: counts since its worker started, but for those that say "now".
package struct APIStatistics: Sendable, Hashable {
    /// Calls of one method that ended in one way.
    package struct Calls: Sendable, Hashable {
        package var facade: String
        package var version: Int
        package var method: String
        /// Of the error it was answered with; empty without one.
        package var errorCode: String
        package var count: UInt64

        package init(facade: String, version: Int, method: String, errorCode: String, count: UInt64) {
            self.facade = facade
            self.version = version
            self.method = method
            self.errorCode = errorCode
            self.count = count
        }
    }

    /// How long the calls of one method took.
    package struct Times: Sendable, Hashable {
        package var facade: String
        package var version: Int
        package var method: String
        /// From having read a call to its answer, in seconds.
        package var seconds: FixedHistogram

        package init(facade: String, version: Int, method: String, seconds: FixedHistogram) {
            self.facade = facade
            self.version = version
            self.method = method
            self.seconds = seconds
        }
    }

    /// Connections of one kind.
    package struct Connections: Sendable, Hashable {
        /// `controller` or `model`.
        package var endpoint: String
        /// Open now.
        package var open: Int
        package var opened: UInt64

        package init(endpoint: String, open: Int, opened: UInt64) {
            self.endpoint = endpoint
            self.open = open
            self.opened = opened
        }
    }

    /// Methods that are there, and each error they were answered with; never what only a client named.
    package var calls: [Calls] = []
    /// Of the same methods.
    package var times: [Times] = []
    /// Of JSON-RPC, once upgraded.
    package var connections: [Connections] = []
    /// Not answered yet, now.
    package var callsInFlight = 0

    package init() {}
}
