import DependencyEngine
import Foundation

/// Answers one line that somebody typed.
func answer(_ line: String, _ engine: Engine) async -> String {
    let words = line.split(separator: " ").map(String.init)
    do {
        switch words.count == 2 ? (words[0], words[1]) : (line, "") {
        case ("report", ""):
            return await engine.report().manifolds.map { "\($0.name): \($0.state.rawValue)" }.joined(separator: "\n")
        case ("why", let name) where !name.isEmpty:
            return try await engine.why(name).text
        case ("bounce", let name) where !name.isEmpty:
            try await engine.bounce(name)
            return "bounced"
        default:
            return "type: report, why NAME, or bounce NAME"
        }
    } catch {
        return "\(error)"
    }
}

/// The lines that are typed. Reading waits on a thread of its own, since it cannot be interrupted.
func typedLines() -> AsyncStream<String> {
    AsyncStream { continuation in
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
    }
}
