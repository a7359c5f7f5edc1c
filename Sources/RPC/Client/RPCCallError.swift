/// Why a call has no answer. The request may have been carried out all the same.
package struct RPCCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: Sendable, Hashable {
        case connectionClosed
        case timedOut
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }

    /// The connection ended, by whichever side, before the answer came.
    static let connectionClosed = RPCCallError(.connectionClosed, "connection is shut down")
}
