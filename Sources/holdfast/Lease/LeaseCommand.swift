import ArgumentParser

/// `holdfast lease …`.
struct LeaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lease",
        abstract: "Claim, extend, check and give up leases.",
        discussion: """
            Exit status: 0 granted or done, 3 held by another, 4 refused for load, 5 outcome unknown, 64 usage, 1 anything
            else.
            """,
        subcommands: [
            Claim.self, Extend.self, Revoke.self, Check.self, List.self, Wait.self, Watch.self, Pin.self, Unpin.self,
            LeaseRun.self,
        ]
    )
}
