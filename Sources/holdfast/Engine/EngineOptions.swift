import ArgumentParser
import FoundationEssentials
import HoldfastClient
import RPC

/// Which controller's engine is asked, and how.
struct EngineOptions: ParsableArguments {
    @Option(help: "A controller's id or address; the leader unless given.")
    var controller: String?

    @Option(help: "A local agent's engine.socket, which answers while the API server does not.")
    var socket: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard self.controller == nil || self.socket == nil else {
            throw ValidationError("--controller and --socket do not go together")
        }
    }

    /// One question; returns the answer and whom it came from.
    func ask(_ method: String, _ parameters: JSONValue = [:]) async throws -> (answer: JSONValue, asked: String) {
        if let socket = self.socket {
            let bytes = try await EngineSocketClient(path: socket).call(method, parameters: Data(parameters.serialized))
            let envelope = try JSONValue.parse([UInt8](bytes.dropLast()))
            if let message = envelope["error"]?.string {
                throw EngineSocketClient.SocketError(description: message)
            }
            return (envelope["response"] ?? [:], socket)
        }
        return try await withClient { client in
            let connection =
                if let name = self.controller { try await client.controller(name) } else { try await client.leader() }
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

    /// Prints an answer as it came, or as text with whom it came from.
    func print(_ answer: JSONValue, asked: String, text: String) {
        switch self.common.format {
        case .json: Swift.print(answer.description)
        case .text: Swift.print("\(asked)\n\(text)")
        }
    }
}
