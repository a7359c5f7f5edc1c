package import FoundationEssentials

extension LoadResult {
    /// Reads a document.
    ///
    /// - Throws: `DecodingError` when it is none.
    package init(json: Data) throws { self = try JSONDecoder().decode(LoadResult.self, from: json) }

    /// The document: readable, with sorted keys, so that two of them can be compared.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
