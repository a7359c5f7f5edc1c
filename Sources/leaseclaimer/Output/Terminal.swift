import Glibc

/// What a person sees.
enum Terminal {
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    static func complain(_ sentence: String) { self.write("leaseclaimer: \(sentence)\n") }

    /// To standard error, or to standard output.
    static func write(_ text: String, isError: Bool = true) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.write(isError ? STDERR_FILENO : STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            // Nobody reads any more: nothing is told any more.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
