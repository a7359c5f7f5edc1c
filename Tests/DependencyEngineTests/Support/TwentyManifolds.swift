@testable import DependencyEngine

/// A graph as large as an agent's, with every kind of edge, cycles over deferred ones, and a name that would be a script.
func twenty() -> [MachineDeclaration] {
    [
        declare("disk"), declare("clock"), declare("config", needs: ["disk"]), declare("identity", needs: ["disk"]),
        declare("tracer", needs: ["config"]), declare("metrics", needs: ["config"], deferred: ["http"]),
        declare("hub", needs: ["identity"]),
        declare("raft", needs: ["disk", "identity", "hub"], deferred: ["http"]),
        declare("log", needs: ["raft", "config"]),
        declare("leader", needs: ["raft"]), declare("leases", needs: ["raft", "clock"], optional: ["tracer"]),
        declare("cache", needs: ["config"]),
        declare("database", needs: ["config", "disk"]),
        declare("scheduler", needs: ["leader", "leases"], deferred: ["database"]),
        declare("mailer", needs: ["config"], optional: ["tracer"]),
        declare("billing", needs: ["database", "leases"], deferred: ["mailer"]),
        declare(
            "http",
            needs: ["database", "identity"],
            optional: ["cache", "tracer"],
            deferred: ["leases", "scheduler"]
        ),
        declare("search", needs: ["database"], optional: ["cache"]),
        declare("reports", needs: ["database", "http"], optional: ["search"]),
        declare("notifier", needs: ["http"], deferred: ["raft"], readiness: .started),
        declare("<script>alert(1)</script>", needs: ["hub"], optional: ["vault"]),
        declare("exporter", needs: ["metrics", "kafka"]),
    ]
}
