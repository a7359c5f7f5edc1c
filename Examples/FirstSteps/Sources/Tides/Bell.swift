import DependencyEngine

/// Says once a second what is to come; a second is half an hour here.
struct Bell: Worker {
    let lookout: Lookout

    func run(_ context: WorkerContext) async throws {
        var minute = 0
        while !context.stop.isRequested {
            minute += 30
            if let tide = self.lookout.next(after: minute % 1440) {
                context.logger.info("\(tide.kind) water in \(tide.minute - minute % 1440) minutes")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

extension Manifold {
    static var bell: Manifold {
        Manifold("bell", needs: .lookout) { lookout in Bell(lookout: lookout) }
    }
}
