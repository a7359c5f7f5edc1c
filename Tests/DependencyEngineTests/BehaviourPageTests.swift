import FoundationEssentials
import Testing

/// Keeps `docs/engine-behaviours.md` true: each behaviour is there, and each of its sentences is that of a test.
@Suite struct BehaviourPageTests {
    private static let folder = "\(#filePath)".split(separator: "/").dropLast()

    private func text(_ path: String) throws -> String {
        let folder = "/" + Self.folder.joined(separator: "/")
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(path)"), "\(path) cannot be read")
        return String(decoding: data, as: UTF8.self)
    }

    private func sentencesOfTests() throws -> Set<String> {
        let folder = "/" + Self.folder.joined(separator: "/")
        var sentences: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".swift") {
            for match in try self.text(file).matches(of: /@Test\(\s*"((?:[^"\\]|\\.)*)"/) {
                sentences.insert(String(match.1))
            }
        }
        return sentences
    }

    @Test("the page of behaviours names each of them, and only sentences of tests that exist")
    func page() throws {
        var rows: [String: [String]] = [:]
        for line in try self.text("../../docs/engine-behaviours.md").split(separator: "\n") {
            let cells = line.split(separator: "|").map { String($0.drop(while: { $0 == " " })) }
            guard cells.count == 3, let number = cells[0].split(separator: " ").first,
                number.last?.isNumber == true
            else { continue }
            #expect(rows[String(number)] == nil, "\(number) is there twice")
            rows[String(number)] = cells[2].split(separator: "\"").map(String.init)
                .filter { !$0.allSatisfy { $0 == " " } }
        }
        #expect(Set(rows.keys) == Set((1...46).map { "\($0)" } + (1...13).map { "S\($0)" }))
        let known = try self.sentencesOfTests()
        #expect(known.count > 100)
        for (number, sentences) in rows {
            #expect(!sentences.isEmpty, "\(number) names no test")
            for sentence in sentences {
                // A value of its own, so that a failure does not print every sentence there is.
                let isKnown = known.contains(sentence)
                #expect(isKnown, "no test of this folder is called \"\(sentence)\", as \(number) says")
            }
        }
    }
}
