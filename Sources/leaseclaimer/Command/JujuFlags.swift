import ArgumentParser
import CommandArguments
import FoundationEssentials
import HoldfastClient

/// The flags of Juju's tool.
struct JujuFlags: ParsableArguments {
    @Option(help: "The unit to claim for, when none is named otherwise.")
    var unit: String?

    @Option(help: "An account's token. (default: the one in HOLDFAST_CONFIG)")
    var password: String?

    @Option(help: "The controllers, separated by commas. (default: those in HOLDFAST_CONFIG)")
    var hosts: String?

    @Option(help: "The port of the hosts.")
    var port = 17_070

    @Option(help: "The model. (default: the one in HOLDFAST_CONFIG)")
    var uuid: String?

    @Option(name: .customLong("claimtime"), help: "For how long to claim, 5s to 5m. (default: 10s)")
    var claimtime: DurationArgument?

    @Option(name: .customLong("renewtime"), help: "How often to renew. (default: half the claimtime)")
    var renewtime: DurationArgument?

    @Flag(help: "Short lines, and none for denials and the end of waits.")
    var quiet = false

    @Option(help: "How long to wait before starting.")
    var sleep = DurationArgument(milliseconds: 1_000)

    @Flag(help: "Do not check the controllers' certificates, as Juju's tool does not.")
    var insecure = false

    @Argument(help: "Units to claim the leadership of their applications for, such as mysql/0 mysql/1.")
    var units: [String] = []

    var isUsed: Bool {
        self.unit != nil || self.hosts != nil || !self.units.isEmpty || self.claimtime != nil || self.renewtime != nil
    }

    var allUnits: [String] { self.units.isEmpty ? [self.unit ?? "ubuntu-lite/0"] : self.units }

    var claimDuration: TimeSpan { self.claimtime?.timeSpan ?? .seconds(10) }

    var renewDuration: TimeSpan { self.renewtime?.timeSpan ?? self.claimDuration / 2 }

    func validate() throws {
        guard self.isUsed else { return }
        for unit in self.allUnits where !Self.isUnit(unit) {
            throw ValidationError("\"\(unit)\" is not the name of a unit, such as mysql/0")
        }
        guard (1...65_535).contains(self.port) else { throw ValidationError("--port must be 1 to 65535") }
        guard (.seconds(5)...(.seconds(300))).contains(self.claimDuration) else {
            throw ValidationError("--claimtime must be 5s to 5m: other leaderships are refused")
        }
        guard self.renewDuration >= .milliseconds(10) else { throw ValidationError("--renewtime must be 10ms or more") }
    }

    private static func isUnit(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[0].utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && Int(parts[1]).map { $0 >= 0 } ?? false
    }

    /// What the flags do not say, the configuration does; without checked certificates it need not be there.
    func target() throws -> LoadTarget {
        let endpoints = self.hosts.map { hosts in
            hosts.split(separator: ",").map { Endpoint(host: String($0), port: self.port) }
        }
        if self.insecure, let endpoints, let password = self.password {
            return LoadTarget(
                controllers: endpoints,
                caCertificate: nil,
                account: "",
                token: password,
                model: self.uuid ?? ""
            )
        }
        var target = try LoadTarget(.loadFromEnvironment(), isInsecure: self.insecure)
        target.controllers = endpoints ?? target.controllers
        target.token = self.password ?? target.token
        target.model = self.uuid ?? target.model
        return target
    }
}
