import ArgumentParser
import FoundationEssentials
import Glibc
import HoldfastClient

/// `holdfast lease watch`.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print changes of holder as they happen, until interrupted.",
        discussion: """
            With --format json a line each: an object with kind (claimed, expired or revoked), lease, namespace, holder
            and token, or with kind gap when changes were missed and the leases should be listed anew.
            """
    )

    @Option(help: "Only this namespace; all unless given.")
    var namespace: String?

    @Option(help: "Only names that begin so.")
    var prefix = ""

    @Option(help: "Only changes after this cursor; from now on unless given.")
    var after: String?

    @OptionGroup var common: CommonOptions

    private struct Line: Encodable {
        var kind: String
        var lease: String?
        var namespace: String?
        var holder: String?
        var token: UInt64?
    }

    @concurrent
    func run() async throws {
        try await reporting {
            try await withClient { client in
                let query = WatchQuery(namespace: self.namespace, prefix: self.prefix, after: self.after)
                try await client.watch(query) { answer in
                    if answer.hasGap { try self.print(Line(kind: "gap"), "some changes were missed: list the leases") }
                    for change in answer.changes { try self.print(change) }
                }
            }
            return ExitStatus.granted
        }
    }

    private func print(_ change: LeaseChange) throws {
        let line = Line(
            kind: change.kind.rawValue,
            lease: change.lease.name,
            namespace: change.lease.namespace,
            holder: change.holder,
            token: change.token
        )
        let word = change.kind == .claimed ? "claimed by" : "\(change.kind.rawValue), was held by"
        try self.print(
            line,
            "\(change.lease.namespace)/\(change.lease): \(word) \(change.holder), token \(change.token)"
        )
    }

    /// Each line leaves at once, also into a pipe.
    private func print(_ line: Line, _ text: String) throws {
        var bytes: [UInt8]
        switch self.common.format {
        case .text: bytes = Array(text.utf8)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            bytes = Array(try encoder.encode(line))
        }
        bytes.append(UInt8(ascii: "\n"))
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            // Nobody reads any more.
            guard count > 0 else { throw ExitCode(ExitStatus.failure) }
            rest = rest.dropFirst(count)
        }
    }
}
