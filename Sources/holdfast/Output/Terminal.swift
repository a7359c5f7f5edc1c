import Glibc

/// Standard output and standard error as a person or a script sees them.
enum Terminal {
    /// Whether to colour: a terminal that is not told otherwise (https://no-color.org).
    static var hasColour: Bool { isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil }

    static func complain(_ sentence: String) {
        let line = Array("holdfast: \(sentence)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
