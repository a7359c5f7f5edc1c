import ArgumentParser
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
        try await EngineTarget(controller: self.controller, socket: self.socket).ask(method, parameters)
    }

    /// Prints an answer as it came, or as text with whom it came from.
    func print(_ answer: JSONValue, asked: String, text: String) {
        switch self.common.format {
        case .json: Swift.print(answer.description)
        case .text: Swift.print("\(asked)\n\(text)")
        }
    }
}
