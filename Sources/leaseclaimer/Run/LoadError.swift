/// Why a run could not be begun, in a sentence.
struct LoadError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
