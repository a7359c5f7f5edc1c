import DependencyEngine
import DependencyEngineTesting
import Foundation
import Testing

@testable import Quotes

@Suite(.timeLimit(.minutes(1))) struct QuotesTests {
    @Test("a missing file of quotes keeps the server down, and why says so")
    func missingQuotes() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let quotes = folder.appending(path: "quotes.txt").path
        let settings = folder.appending(path: "settings.txt").path
        try Data("port=0\nquotes=\(quotes)\n".utf8).write(to: URL(filePath: settings))

        try await withEngine([.settings(file: settings), .quotes, .server]) { engine, clock in
            let probe = EngineProbe(engine)
            try await probe.until("quotes", is: .backingOff)
            try await probe.require("server", isDownBecauseOf: "quotes", saying: "cannot be read")

            try Data("Well begun is half done.\n".utf8).write(to: URL(filePath: quotes))
            clock.advance(by: .seconds(2))
            try await engine.ready(["server"])
        }
    }
}
