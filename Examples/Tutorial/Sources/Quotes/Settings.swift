import DependencyEngine
import Foundation

/// What the server is told from outside.
struct Settings: Sendable {
    var port: Int
    var quotesFile: String
}

extension Input where Self == Resource<Settings> {
    static var settings: Self { .init("settings") }
}

extension Manifold {
    static func settings(file: String) -> Manifold {
        Manifold(.settings) {
            SettingsWorker(settings: try Settings(file: file))
        } provides: { worker in
            worker.settings
        }
    }
}

/// Has nothing to do but to be there.
struct SettingsWorker: Worker {
    let settings: Settings

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
    }
}

extension Settings {
    init(file: String) throws {
        var values: [String: String] = [:]
        for line in try readLines(file) {
            let words = line.split(separator: "=", maxSplits: 1).map(String.init)
            if words.count == 2 { values[words[0]] = words[1] }
        }
        guard let port = values["port"].flatMap(Int.init) else { throw FileProblem("\(file): port= is not a number") }
        guard let quotesFile = values["quotes"] else { throw FileProblem("\(file): quotes= is missing") }
        self.init(port: port, quotesFile: quotesFile)
    }
}

struct FileProblem: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

func readLines(_ file: String) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: file) else { throw FileProblem("\(file): cannot be read") }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
}
