import NIOCore

/// The calls every connection makes, whatever its workload.
enum SystemCalls {
    /// Writes a login or a ping; false for all other calls.
    static func write(
        _ call: Call,
        id: UInt64,
        login: [UInt8],
        to buffer: inout ByteBuffer,
        with writer: inout RequestWriter
    ) -> Bool {
        switch call.operation {
        case .login:
            writer.write(facade: "Admin", version: 3, method: "Login", params: login, id: id, to: &buffer)
        case .ping:
            writer.write(facade: "Pinger", version: 1, method: "Ping", params: Array("{}".utf8), id: id, to: &buffer)
        case .claim, .extend, .wait, .revoke, .critical: return false
        }
        return true
    }

    /// What a login tells.
    static func login(tag: String, token: String) -> [UInt8] {
        Array("{\"auth-tag\":\"".utf8) + LeaseNames.escaped(tag) + Array("\",\"credentials\":\"".utf8)
            + LeaseNames.escaped(token) + Array("\",\"nonce\":\"\",\"macaroons\":[]}".utf8)
    }
}
