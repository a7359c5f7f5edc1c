import AgentResources
import RPC

extension Facade {
    /// `Engine` version 1: an operator's questions and orders to this controller's engine.
    static let engine = Facade(
        name: "Engine",
        version: 1,
        audience: .users,
        methods: [
            "Report": .engine("Report", knowing: []),
            "Plugins": .engine("Plugins", knowing: []),
            "Why": .engine("Why", knowing: ["name"], requiring: "name"),
            "Impact": .engine("Impact", knowing: ["name"], requiring: "name"),
            "Graph": .engine("Graph", knowing: ["format"]),
            "Timeline": .engine("Timeline", knowing: ["window", "format"]),
            "Fail": .engine("Fail", knowing: ["name"], requiring: "name", injectsFault: true),
            "Bounce": .engine("Bounce", knowing: ["name"], requiring: "name"),
            "Park": .engine("Park", knowing: ["name"], requiring: "name"),
            "Resume": .engine("Resume", knowing: ["name"], requiring: "name"),
        ]
    )
}

extension Facade.Method {
    /// As long as a manifold's name may be.
    private static let nameBytes = 1...200
    /// The engine is trusted and its reports are long.
    private static let answerLimits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 256)

    /// Hands the call to the engine once its parameters are sound.
    fileprivate static func engine(
        _ method: String,
        knowing known: Set<String>,
        requiring required: String? = nil,
        injectsFault: Bool = false
    ) -> Self {
        .suspending { call async throws(RPCFailure) in
            if injectsFault, !call.services.faultInjection {
                throw RPCFailure(
                    code: "forbidden",
                    message: "fault injection is off: set \"fault-injection\": true in the agent's configuration"
                )
            }
            let fields = try Fields(call.parameters, knowing: known)
            for key in known { _ = try fields.text(key, bytes: Self.nameBytes) }
            if let required { _ = try fields.requiredText(required, bytes: Self.nameBytes) }
            var parameters = call.parameters
            if case .null = parameters { parameters = .object(JSONObject()) }
            do {
                let answer = try await call.services.engine.call(method, parameters: parameters.serialized)
                return try JSONValue.parse(answer, limits: Self.answerLimits)
            } catch let error as EngineAccessError {
                throw RPCFailure(code: error.code, message: error.message)
            } catch {
                throw RPCFailure(code: "", message: "the engine's answer cannot be read: \(error)")
            }
        }
    }
}
