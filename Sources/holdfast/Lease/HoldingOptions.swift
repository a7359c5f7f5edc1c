import ArgumentParser
import CommandArguments
import HoldfastClient

/// Who is to hold a lease, and for how long.
struct HoldingOptions: ParsableArguments {
    @Option(help: "Who is to hold it.")
    var holder: String

    @Option(name: .customLong("for"), help: "For how long, from 2s to 24h.")
    var duration = DurationArgument(milliseconds: 30_000)
}

/// An earlier try to be taken up again.
struct RetryOptions: ParsableArguments {
    @Option(
        name: .customLong("operation-id"),
        help: "32 hexadecimal digits of an earlier try whose outcome is unknown; it is not done twice."
    )
    var operation: String?

    func validate() throws {
        guard self.operation.map({ OperationID($0) != nil }) ?? true else {
            throw ValidationError("--operation-id must be 32 hexadecimal digits")
        }
    }

    /// The earlier try's id, or a new one.
    var operationID: OperationID { self.operation.flatMap { OperationID($0) } ?? OperationID() }
}
