import Glibc

/// Standard error as a person sees it.
enum Terminal {
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    static func complain(_ sentence: String) { self.write("leaseclaimer: \(sentence)\n") }

    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
