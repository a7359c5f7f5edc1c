import ArgumentParser
import RPC

/// Which controller's engine is asked, and how its answer is printed.
struct EngineOptions: ParsableArguments {
    @OptionGroup var address: EngineAddress

    @OptionGroup var common: CommonOptions

    /// One question; returns the answer and whom it came from.
    func ask(_ method: String, _ parameters: JSONValue = [:]) async throws -> (answer: JSONValue, asked: String) {
        try await self.address.ask(method, parameters)
    }

    /// Prints an answer as it came, or as text with whom it came from.
    func print(_ answer: JSONValue, asked: String, text: String) {
        switch self.common.format {
        case .json: Swift.print(answer.description)
        case .text: Swift.print("\(asked)\n\(text)")
        }
    }
}
