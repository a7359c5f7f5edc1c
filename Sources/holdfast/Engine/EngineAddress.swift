import ArgumentParser
import RPC

/// Which controller's engine is asked: the leader's, a named one's, or that behind a local socket.
struct EngineAddress: ParsableArguments {
    @Option(help: "A controller's id or address; the leader unless given.")
    var controller: String?

    @Option(help: "A local agent's engine.socket, which answers while the API server does not.")
    var socket: String?

    func validate() throws {
        guard self.controller == nil || self.socket == nil else {
            throw ValidationError("--controller and --socket do not go together")
        }
    }

    /// One question; returns the answer and whom it came from.
    func ask(_ method: String, _ parameters: JSONValue = [:]) async throws -> (answer: JSONValue, asked: String) {
        try await EngineTarget(controller: self.controller, socket: self.socket).ask(method, parameters)
    }
}
