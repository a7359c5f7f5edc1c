import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why the server does not listen, and what to do about it.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: Sendable, Hashable {
        case portInUse
        case noPermission
        case addressUnknown
        case tooManyConnections
        case listenerLost
        case other
    }

    package var code: Code
    package var message: String
    /// What was thrown below, if anything.
    package var cause: (any Error)?

    package var description: String { self.message }

    static let tooManyConnections = HTTPServerError(code: .tooManyConnections, message: "too many connections")

    init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The listening socket on `address` was closed, and nobody here asked for it.
    package init(listenerLostAt address: String) {
        self.init(
            code: .listenerLost,
            message:
                "the socket listening on \(address) was closed by the system: look for its errors about sockets or "
                + "descriptors if this happens again"
        )
    }

    /// Puts a failed bind in words.
    init(binding host: String, port: Int, cause: any Error) {
        let address = "\(host):\(port)"
        let (code, message): (Code, String) =
            switch (cause as? IOError)?.errnoCode {
            case EADDRINUSE:
                (.portInUse, "port \(port) on \(host) is in use: stop what listens there or configure another port")
            case EACCES, EPERM:
                (
                    .noPermission,
                    "no permission to listen on \(address): take a port above 1023 or grant CAP_NET_BIND_SERVICE"
                )
            case EADDRNOTAVAIL:
                (.addressUnknown, "\(host) is no address of this machine: configure one that is, or 0.0.0.0 for all")
            default: (.other, "cannot listen on \(address): \(cause)")
            }
        self.init(code: code, message: message, cause: cause)
    }
}
