// Names the public symbols without a comment of their own, a line each, and exits 1 when there are some.
//
//     undocumented SYMBOL-GRAPH...
//
// A symbol without a place in the source was made by the compiler and needs none. Compiled and run by Scripts/docs.
import Foundation

struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Location: Decodable {
            struct Position: Decodable {
                var line: Int
            }

            var uri: String
            var position: Position
        }

        struct Comment: Decodable {
            struct Line: Decodable {
                var text: String
            }

            var lines: [Line]
        }

        struct Kind: Decodable {
            var identifier: String
        }

        var kind: Kind
        var pathComponents: [String]
        var docComment: Comment?
        var location: Location?

        var isDocumented: Bool {
            guard let comment = self.docComment else { return false }
            return comment.lines.contains { !$0.text.allSatisfy(\.isWhitespace) }
        }
    }

    var symbols: [Symbol]
}

var total = 0
var missing: [String] = []
for path in CommandLine.arguments.dropFirst() {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    for symbol in try JSONDecoder().decode(SymbolGraph.self, from: data).symbols {
        // An extension of another module's type is a heading; what stands in it is looked at.
        guard let location = symbol.location, symbol.kind.identifier != "swift.extension" else { continue }
        total += 1
        guard !symbol.isDocumented else { continue }
        let file = location.uri.replacing("file://", with: "")
        missing.append("\(file):\(location.position.line + 1): \(symbol.pathComponents.joined(separator: "."))")
    }
}
for line in missing.sorted() { print("\(line) has no documentation") }
print("\(total) public symbols, \(missing.count) undocumented")
exit(missing.isEmpty && total > 0 ? 0 : 1)
