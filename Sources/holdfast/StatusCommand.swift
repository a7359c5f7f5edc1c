import ArgumentParser
import HoldfastClient

/// `holdfast status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how each controller is.",
        discussion: "Exit status 0 when one leads and a majority answers, 1 otherwise."
    )

    @OptionGroup var common: CommonOptions

    private struct Answer: Encodable {
        var controllers: [Controller]
    }

    private struct Controller: Encodable {
        var id: UInt64?
        var address: String
        var role: String
        var term: UInt64?
        var commitIndex: UInt64?
        var isReachable: Bool
        var problem: String?

        enum CodingKeys: String, CodingKey {
            case id, address, role, term, problem
            case commitIndex = "commit-index"
            case isReachable = "reachable"
        }

        init(_ status: ControllerStatus) {
            self.id = status.id
            self.address = status.address
            self.role = Self.roles.contains(status.role) ? status.role : "unknown"
            self.term = status.term
            self.commitIndex = status.commitIndex
            self.isReachable = status.isReachable
            self.problem = status.problem
        }

        /// Every key is always there: a controller that does not answer has `null` where nobody knows.
        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(self.id, forKey: .id)
            try values.encode(self.address, forKey: .address)
            try values.encode(self.role, forKey: .role)
            try values.encode(self.term, forKey: .term)
            try values.encode(self.commitIndex, forKey: .commitIndex)
            try values.encode(self.isReachable, forKey: .isReachable)
            try values.encodeIfPresent(self.problem, forKey: .problem)
        }

        /// The roles of the documented answer; a candidate leads nobody and follows nobody.
        private static let roles: Set<String> = ["leader", "follower", "standby"]
    }

    @concurrent
    func run() async throws {
        try await reporting {
            let statuses = try await withClient { await $0.controllerStatuses() }
            let answer = Answer(controllers: statuses.map(Controller.init))
            try self.common.print(answer) { Self.table(answer) }
            let reachable = answer.controllers.count { $0.isReachable }
            let isHealthy = answer.controllers.contains { $0.role == "leader" } && reachable > statuses.count / 2
            return isHealthy ? ExitStatus.granted : ExitStatus.failure
        }
    }

    private static func table(_ answer: Answer) -> String {
        var table = Table("ID", "ADDRESS", "ROLE", "TERM", "COMMIT", "REACHABLE")
        for controller in answer.controllers {
            table.add(
                controller.id.map(String.init) ?? "-",
                controller.address,
                controller.role,
                controller.term.map(String.init) ?? "-",
                controller.commitIndex.map(String.init) ?? "-",
                controller.isReachable ? "yes" : "no: \(controller.problem ?? "no answer")"
            )
        }
        return table.text(bold: Terminal.hasColour)
    }
}
