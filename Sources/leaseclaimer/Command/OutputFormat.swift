import ArgumentParser

/// How to print the result.
enum OutputFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
    case text, json
}
