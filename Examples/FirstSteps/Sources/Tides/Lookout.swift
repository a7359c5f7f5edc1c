import DependencyEngine

/// Looks up which tide comes next.
struct Lookout: Worker {
    let almanac: Almanac

    func next(after minute: Int) -> Tide? {
        self.almanac.tides.first { $0.minute > minute }
    }

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Input where Self == Resource<Lookout> {
    static var lookout: Self { .init("lookout") }
}

extension Manifold {
    static var lookout: Manifold {
        Manifold(.lookout, needs: .almanac) { almanac in
            Lookout(almanac: almanac)
        } provides: {
            $0
        }
    }
}
