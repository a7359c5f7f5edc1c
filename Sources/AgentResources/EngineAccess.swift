/// The engine's answers for operators, as JSON, the same over the API and over the engine socket. Thread-safe.
///
/// JSON bytes on both sides keep the facade free of the engine's own types.
package protocol EngineAccess: Sendable {
    /// Carries out `method` (`Report`, `Plugins`, `Why`, `Impact`, `Graph`, `Timeline`, `Fail`, `Bounce`, `Park`,
    /// `Resume`) with a JSON object.
    func call(_ method: String, parameters: [UInt8]) async throws(EngineAccessError) -> [UInt8]
}

/// Why an operator's question to the engine has no answer.
package struct EngineAccessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A JSON-RPC error code: `not found`, `not valid`, `forbidden` or `not implemented`.
    package var code: String
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.message) (\(self.code))" }
}
