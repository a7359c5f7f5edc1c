import NIOCore
package import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why there is no connection to a controller, and what to do about it.
package struct RPCConnectError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: Sendable, Hashable {
        /// Nobody listens there, or the network does not lead there.
        case unreachable
        /// It took too long.
        case timedOut
        /// The TLS handshake failed: a foreign CA, a wrong name, an expired certificate.
        case notTrusted
        /// It answered, but not with the upgrade.
        case refused(HTTPResponseStatus)
        /// It answered something that is not HTTP, or closed without an answer.
        case protocolViolation
        /// The caller gave up.
        case cancelled
    }

    package var code: Code
    package var message: String
    /// What was thrown below, if anything.
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { self.message }
}

extension RPCConnectError {
    /// Puts what went wrong below in words.
    init(connecting address: String, cause: any Error) {
        switch cause {
        case let error as RPCConnectError: self = error
        case ChannelError.connectTimeout:
            self.init(.timedOut, "\(address) does not answer: is the controller up and the network open?", cause: cause)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(
                .notTrusted,
                "\(address) failed the TLS handshake: check that ca-certificate belongs to this cluster",
                cause: cause
            )
        case let error as NIOConnectionError: self.init(address, failed: error)
        case let error as IOError: self.init(address, errno: error.errnoCode, cause: error)
        default: self.init(.protocolViolation, "\(address): \(cause)", cause: cause)
        }
    }

    private init(_ address: String, failed error: NIOConnectionError) {
        guard let first = error.connectionErrors.first else {
            self.init(.unreachable, "\(address) has no address: check the name of the host", cause: error)
            return
        }
        self.init(connecting: address, cause: first.error)
        self.cause = error
    }

    private init(_ address: String, errno code: CInt, cause: any Error) {
        switch code {
        case ECONNREFUSED:
            self.init(.unreachable, "nobody listens on \(address): is the controller running?", cause: cause)
        case ECONNRESET, EPIPE:
            self.init(.protocolViolation, "\(address) closed the connection", cause: cause)
        default: self.init(.unreachable, "\(address) cannot be reached: \(cause)", cause: cause)
        }
    }
}
