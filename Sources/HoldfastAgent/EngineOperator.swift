import AgentResources
import DependencyEngine
import FoundationEssentials
import RPC

/// Answers operators' questions to the engine, over the API and over the engine socket alike.
struct EngineOperator: EngineAccess {
    let engine: Engine
    let faultInjection: Bool
    let plugins: AgentPlugins

    /// How long a worker may take to say how it is.
    private static let patienceWithWorkers = Duration.seconds(1)

    func call(_ method: String, parameters: [UInt8]) async throws(EngineAccessError) -> [UInt8] {
        let parameters = try Self.object(parameters)
        switch method {
        case "Report":
            return try Self.encoded(await self.engine.detailedReport(within: Self.patienceWithWorkers))
        case "Plugins":
            return try Self.encoded(self.plugins.answer)
        case "Why":
            let name = try Self.name(in: parameters)
            return try await self.named(name) { () async throws in
                let explanation = try await self.engine.why(name)
                return try JSONEncoder().encode(Answer(explanation: explanation, text: explanation.text))
            }
        case "Impact":
            let name = try Self.name(in: parameters)
            return try await self.named(name) { () async throws in
                let impact = try await self.engine.impact(name)
                return try JSONEncoder().encode(ImpactAnswer(impact: impact, text: impact.text))
            }
        case "Timeline":
            return try await self.timeline(parameters)
        case "Graph":
            let format = parameters["format"]?.string ?? "mermaid"
            guard let format = GraphFormat(rawValue: format) else {
                throw EngineAccessError(
                    code: "not valid",
                    message: "\"format\" must be \"dot\", \"mermaid\" or \"svg\""
                )
            }
            return try Self.encoded(["format": format.rawValue, "text": await self.engine.graph(format)])
        case "Fail":
            guard self.faultInjection else {
                throw EngineAccessError(
                    code: "forbidden",
                    message: "this controller does not allow it: its configuration lacks \"fault-injection\": true"
                )
            }
            return try await self.command(parameters) { try await self.engine.fail($0, InjectedFault()) }
        case "Bounce": return try await self.command(parameters) { try await self.engine.bounce($0) }
        case "Park": return try await self.command(parameters) { try await self.engine.park($0) }
        case "Resume": return try await self.command(parameters) { try await self.engine.resume($0) }
        default:
            throw EngineAccessError(
                code: "not implemented",
                message: "no such request - method Engine(1).\(method) is not implemented"
            )
        }
    }

    private struct Answer: Encodable {
        var explanation: Explanation
        var text: String
    }

    private struct ImpactAnswer: Encodable {
        var impact: Impact
        var text: String
    }

    private struct TimelineAnswer: Encodable {
        var timeline: Timeline
        var text: String
    }

    /// The history as values with a text, or one window of it as a picture.
    private func timeline(_ parameters: JSONObject) async throws(EngineAccessError) -> [UInt8] {
        let window = try Self.window(parameters["window"]?.string ?? "start")
        let timeline = await self.engine.timeline()
        switch parameters["format"]?.string ?? "json" {
        case "json": return try Self.encoded(TimelineAnswer(timeline: timeline, text: timeline.text(window)))
        case "svg": return try Self.encoded(["format": "svg", "text": timeline.svg(window)])
        default: throw EngineAccessError(code: "not valid", message: "\"format\" must be \"json\" or \"svg\"")
        }
    }

    private static func window(_ text: String) throws(EngineAccessError) -> Timeline.Window {
        switch text {
        case "start": return .start
        case "last": return .bounce
        case "whole": return .whole
        default:
            guard text.hasSuffix("ms"), let length = Int64(text.dropLast(2)), length > 0 else {
                throw EngineAccessError(
                    code: "not valid",
                    message: "\"window\" must be \"start\", \"last\", \"whole\" or milliseconds such as \"30000ms\""
                )
            }
            return .last(.milliseconds(length))
        }
    }

    private func command(
        _ parameters: JSONObject,
        _ body: (String) async throws -> Void
    ) async throws(EngineAccessError) -> [UInt8] {
        let name = try Self.name(in: parameters)
        return try await self.named(name) { () async throws in
            try await body(name)
            return Data("{}".utf8)
        }
    }

    private func named(_ name: String, _ body: () async throws -> Data) async throws(EngineAccessError) -> [UInt8] {
        do { return Array(try await body()) } catch let error as EngineError {
            if case .unknownManifold = error {
                throw EngineAccessError(
                    code: "not found",
                    message: "no worker is called \(name): 'holdfast engine report' lists them"
                )
            }
            throw EngineAccessError(code: "try again", message: error.description)
        } catch {
            throw EngineAccessError(code: "", message: "\(error)")
        }
    }

    private static func object(_ bytes: [UInt8]) throws(EngineAccessError) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue.parse(bytes) } catch {
            throw EngineAccessError(code: "not valid", message: "\(error)")
        }
        guard let object = value.object else {
            throw EngineAccessError(code: "not valid", message: "parameters must be an object")
        }
        return object
    }

    private static func name(in parameters: JSONObject) throws(EngineAccessError) -> String {
        guard let name = parameters["name"]?.string, !name.isEmpty else {
            throw EngineAccessError(code: "not valid", message: "\"name\" must name a worker, for example \"raft\"")
        }
        return name
    }

    private static func encoded(_ value: some Encodable) throws(EngineAccessError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(value)) } catch {
            throw EngineAccessError(code: "", message: "the answer cannot be written: \(error)")
        }
    }
}

/// The failure that `holdfast engine fail` makes.
struct InjectedFault: Error, CustomStringConvertible {
    var description: String { "failed on request (fault injection)" }
}
