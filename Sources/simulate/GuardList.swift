import ArgumentParser
import Consensus

/// Guards by the numbers the notes on libraft's core give them.
struct GuardList: ExpressibleByArgument {
    private static let byName: [(name: String, guards: Guards)] = [
        ("G1", .commitClamp), ("G2", .staleReject), ("G3", .compactedPrefix), ("G4", .staleTermReply),
        ("G5", .lateVotes), ("G6", .preVoteTerm), ("G9", .timerClamp), ("G11", .soleVoterTerm),
        ("G13", .doubleInstall),
    ]

    var names: [String] = []
    var guards: Guards = []

    init() {}

    init?(argument: String) {
        for name in argument.split(separator: ",").map({ $0.uppercased() }) {
            guard let known = Self.byName.first(where: { $0.name == name }) else { return nil }
            self.names.append(name)
            self.guards.formUnion(known.guards)
        }
    }

    static var allValueStrings: [String] { Self.byName.map(\.name) }
    var defaultValueDescription: String { "none" }
}
