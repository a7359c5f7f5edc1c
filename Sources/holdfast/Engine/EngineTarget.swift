import FoundationEssentials
import HoldfastClient
import RPC

/// Whose engine is asked: the leader's, a named controller's, or a local agent's by its socket.
struct EngineTarget {
    var controller: String?
    var socket: String?

    /// One question; returns the answer and whom it came from.
    func ask(_ method: String, _ parameters: JSONValue = [:]) async throws -> (answer: JSONValue, asked: String) {
        if let socket = self.socket {
            let bytes = try await EngineSocketClient(path: socket).call(method, parameters: Data(parameters.serialized))
            let envelope = try JSONValue.parse([UInt8](bytes.dropLast()), limits: EngineSocketClient.answerLimits)
            if let message = envelope["error"]?.string {
                throw EngineSocketClient.SocketError(description: message)
            }
            return (envelope["response"] ?? [:], socket)
        }
        return try await withClient { client in
            let connection =
                if let name = self.controller { try await client.controller(name) } else {
                    try await self.leader(client)
                }
            do {
                let answer = try await connection.call(facade: "Engine", version: 1, method: method, params: parameters)
                await connection.close()
                return (answer, connection.address)
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    /// The workers of a controller that does not lead can be asked all the same, and may be why nobody does.
    private func leader(_ client: LeaseClient) async throws -> ControllerConnection {
        do { return try await client.leader() } catch let error as LeaseClientError where error.code == .unreachable {
            throw LeaseClientError(
                error.code,
                "\(error.message); --controller asks another, --socket this host's own agent"
            )
        }
    }
}
