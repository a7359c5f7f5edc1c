import DependencyEngine

/// A worker that writes down its life and ends when asked.
struct Recording: Worker {
    var name: String
    var journal: Journal
    /// Set to make a generation fail as soon as it runs.
    var failing: @Sendable (WorkerContext) throws -> Void = { _ in }

    func run(_ context: WorkerContext) async throws {
        self.journal.append("run \(self.name)")
        try self.failing(context)
        await context.stop.wait()
        self.journal.append("end \(self.name)")
    }
}

extension Resource where Value == String {
    static var a: Self { .init("a") }
    static var b: Self { .init("b") }
    static var c: Self { .init("c") }
}

extension Input where Self == Resource<String> {
    static var a: Self { .init("a") }
    static var b: Self { .init("b") }
    static var c: Self { .init("c") }
}

/// a ← b ← c, each writing its life to `journal` and handing its name and generation on.
func recordingChain(_ journal: Journal) -> [Manifold] {
    [
        Manifold(.a) {
            Recording(name: "a", journal: journal)
        } provides: {
            $0.name
        },
        Manifold(.b, needs: .a) { _ in
            Recording(name: "b", journal: journal)
        } provides: {
            $0.name
        },
        Manifold(.c, needs: .b) { _ in
            Recording(name: "c", journal: journal)
        } provides: {
            $0.name
        },
    ]
}
