import AgentResources
import DependencyEngine
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOPosix
import RPC

/// `engine.socket` in the state directory: the engine's answers for whoever may open the file, one JSON line each way.
///
/// Served by the agent itself and not by a manifold, so that it answers while any worker is down. The lines are the API's
/// own messages; only the facade `Engine` exists here, and opening the file is the permission.
struct EngineSocket: Sendable {
    let path: String
    let access: any EngineAccess
    let logger: Logger

    private static let longestLine = 64 * 1_024
    private static let mostConnections = 16
    /// The engine is trusted, and a long history is a long answer.
    private static let answerLimits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 256)

    /// Serves until cancelled; a path that cannot be served is logged, since the agent can live without it.
    func run(on group: any EventLoopGroup) async {
        do { try await self.serve(on: group) } catch is CancellationError {
        } catch {
            self.logger.warning(
                "the engine socket cannot be served",
                metadata: ["path": "\(self.path)", "error": "\(error)"]
            )
        }
    }

    private func serve(on group: any EventLoopGroup) async throws {
        if FileManager.default.fileExists(atPath: self.path) {
            guard await !self.isAnswered(on: group) else {
                throw ConfigurationError("another agent serves it: stop it first")
            }
            unlink(self.path)
        }
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .bind(unixDomainSocketPath: self.path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ByteToMessageHandler(LineDecoder(longestLine: Self.longestLine))
                    )
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        // Only what we bound is ours to take away.
        defer { unlink(self.path) }
        chmod(self.path, 0o600)
        try await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { tasks in
                var limit = ConnectionLimit(most: Self.mostConnections)
                for try await connection in connections {
                    guard let place = limit.take() else {
                        try? await connection.channel.close()
                        continue
                    }
                    tasks.addTask {
                        defer { place.giveBack() }
                        try? await self.answer(connection)
                    }
                }
            }
        }
    }

    private func isAnswered(on group: any EventLoopGroup) async -> Bool {
        guard let channel = try? await ClientBootstrap(group: group).connect(unixDomainSocketPath: self.path).get()
        else {
            return false
        }
        try? await channel.close()
        return true
    }

    private func answer(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
        try await connection.executeThenClose { lines, replies in
            for try await line in lines {
                try await replies.write(ByteBuffer(bytes: await self.reply(to: line) + [10]))
            }
        }
    }

    private func reply(to line: ByteBuffer) async -> [UInt8] {
        var id: Int64 = 0
        do {
            let request = try JSONValue.parse(line)
            id = request["request-id"]?.int ?? 0
            guard request["type"]?.string == "Engine", let method = request["request"]?.string else {
                throw EngineAccessError(code: "not implemented", message: "only the facade Engine is served here")
            }
            let answer = try await self.access.call(method, parameters: (request["params"] ?? [:]).serialized)
            return JSONValue.object([
                "request-id": .int(id), "response": try JSONValue.parse(answer, limits: Self.answerLimits),
            ]).serialized
        } catch let error as EngineAccessError {
            return Self.failure(id, code: error.code, message: error.message)
        } catch {
            return Self.failure(id, code: "not valid", message: "\(error)")
        }
    }

    private static func failure(_ id: Int64, code: String, message: String) -> [UInt8] {
        JSONValue.object([
            "request-id": .int(id), "error": .string(message), "error-code": .string(code), "response": [:],
        ]).serialized
    }
}
