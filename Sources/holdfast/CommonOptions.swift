import ArgumentParser
import FoundationEssentials
import HoldfastClient

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "text for people, json for programs.")
    var format: OutputFormat = .text

    /// Prints an answer in the format asked for.
    func print(_ answer: some Encodable, text: () -> String) throws {
        switch self.format {
        case .text: Swift.print(text())
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Swift.print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        }
    }
}

/// Runs a command's body; what it throws becomes one sentence on standard error and an exit status.
@concurrent
func reporting(_ body: () async throws -> Int32) async throws {
    let status: Int32
    do { status = try await body() } catch let error as ExitCode {
        throw error
    } catch let error as ValidationError {
        throw error
    } catch let error as LeaseClientError {
        Terminal.complain(error.message)
        throw ExitCode(error.code == .notValid ? ExitStatus.usage : ExitStatus.failure)
    } catch {
        Terminal.complain("\(error)")
        throw ExitCode(ExitStatus.failure)
    }
    guard status == ExitStatus.granted else { throw ExitCode(status) }
}
