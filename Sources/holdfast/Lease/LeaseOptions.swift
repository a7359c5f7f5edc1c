import ArgumentParser
import HoldfastClient

/// Which lease is meant, and how the answer is printed.
struct LeaseOptions: ParsableArguments {
    @Argument(help: "The lease's name.")
    var name: String

    @Option(help: "Leases of different namespaces have nothing to do with each other.")
    var namespace = "lease"

    @Option(help: "The model's UUID; the configuration's unless given.")
    var model: String?

    @OptionGroup var common: CommonOptions

    var lease: Lease { Lease(self.name, namespace: self.namespace, model: self.model) }
}

/// Connects with the configuration `HOLDFAST_CONFIG` names, does `body`, and disconnects.
func withClient<Answer: Sendable>(_ body: (LeaseClient) async throws -> Answer) async throws -> Answer {
    let client = try LeaseClient(.loadFromEnvironment())
    do {
        let answer = try await body(client)
        await client.close()
        return answer
    } catch {
        await client.close()
        throw error
    }
}
