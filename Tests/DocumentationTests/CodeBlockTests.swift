import Foundation
import Testing

/// The articles quote; what they quote is compiled. A block that equals no part of a compiled file fails here.
@Suite struct CodeBlockTests {
    @Test("every Swift block of every article stands in a file that is compiled", arguments: try Article.all())
    func swiftBlocks(article: Article) throws {
        let files = try CompiledFile.all()
        for block in article.blocks(of: ["swift"]) {
            #expect(
                files.contains { $0.contains(block.lines) },
                "\(article.name):\(block.line): no compiled file has this block; change it there first"
            )
        }
    }

    @Test("what the engine is said to answer stands in a test that compares it", arguments: try Article.all())
    func answers(article: Article) throws {
        let files = try CompiledFile.all().filter { $0.path.contains("Tests/") }
        for block in article.blocks(of: ["text"]) {
            #expect(
                files.contains { $0.contains(block.lines) },
                "\(article.name):\(block.line): no test has this text; let one compare it first"
            )
        }
    }

    @Test("a block is found whatever it is indented by, and only as a whole")
    func finding() {
        let file = CompiledFile(path: "a.swift", lines: ["struct A {", "    let b = 1", "", "    let c = 2", "}"])
        #expect(file.contains(["let b = 1", "", "let c = 2"]))
        #expect(!file.contains(["let b = 1", "let c = 2"]))
        #expect(!file.contains(["let b = 1", "", "    let c = 2"]))
        #expect(!file.contains(["let b = 10"]))
    }
}

/// The package, found from this file.
private let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Every file below `folder` whose name ends with `suffix`, without what builds leave behind.
private func files(below folder: String, suffix: String) throws -> [URL] {
    let manager = FileManager.default
    var found: [URL] = []
    var folders = [root.appendingPathComponent(folder)]
    while let folder = folders.popLast() {
        guard manager.fileExists(atPath: folder.path) else { continue }
        for entry in try manager.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey]) {
            let name = entry.lastPathComponent
            if name.hasPrefix(".") { continue }
            if try entry.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
                folders.append(entry)
            } else if name.hasSuffix(suffix) {
                found.append(entry)
            }
        }
    }
    return found.sorted { $0.path < $1.path }
}

private func lines(of file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).map(
        String.init
    )
}

/// One page of the catalogue, or another document that quotes code.
struct Article: CustomTestStringConvertible, Sendable {
    struct Block {
        /// Where its first line stands, from 1.
        var line: Int
        var lines: [String]
    }

    var name: String
    var lines: [String]
    var testDescription: String { self.name }

    static func all() throws -> [Article] {
        try files(below: "Sources", suffix: ".md").map { file in
            Article(name: file.lastPathComponent, lines: try DocumentationTests.lines(of: file))
        }
    }

    /// The fenced blocks whose language is one of `languages`.
    func blocks(of languages: Set<String>) -> [Block] {
        var blocks: [Block] = []
        var open: (language: String, block: Block)?
        for (index, line) in self.lines.enumerated() {
            if let fence = open, line == "```" {
                if languages.contains(fence.language) { blocks.append(fence.block) }
                open = nil
            } else if open != nil {
                open?.block.lines.append(line)
            } else if line.hasPrefix("```") {
                open = (String(line.dropFirst(3)), Block(line: index + 2, lines: []))
            }
        }
        return blocks
    }
}

/// A file that a build of this package, or of one of its examples, compiles.
struct CompiledFile {
    var path: String
    var lines: [String]

    static func all() throws -> [CompiledFile] {
        let found = try ["Examples", "Tests/DocumentationTests"].flatMap { try files(below: $0, suffix: ".swift") }
        return try found.map { CompiledFile(path: $0.path, lines: try DocumentationTests.lines(of: $0)) }
    }

    /// Whether `block` stands here as a whole, all its lines indented by the same.
    func contains(_ block: [String]) -> Bool {
        guard let first = block.first, block.count <= self.lines.count else { return false }
        return self.lines.indices.dropLast(block.count - 1).contains { start in
            guard self.lines[start].hasSuffix(first) else { return false }
            let indent = self.lines[start].dropLast(first.count)
            guard indent.allSatisfy({ $0 == " " }) else { return false }
            return zip(self.lines[start...], block).allSatisfy { $0 == ($1.isEmpty ? "" : indent + $1) }
        }
    }
}
