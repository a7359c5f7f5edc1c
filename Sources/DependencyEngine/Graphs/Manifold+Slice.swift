extension Manifold {
    /// Declares a manifold that provides one part of a watched value, and starts anew only when that part changed.
    ///
    /// ```swift
    /// Manifold.slice(.httpSettings, of: .configuration) { $0.http }
    /// ```
    ///
    /// Its dependents stop first, then it, and they come back with the new part; whoever reads other parts runs on.
    /// That is not a failure and not counted, however quickly changes follow one another; changes that come while the
    /// dependents stop are taken together.
    public static func slice<Whole: Sendable, Part: Sendable & Equatable>(
        _ resource: Resource<Part>,
        of whole: Resource<Watched<Whole>>,
        part: @escaping @Sendable (Whole) -> Part,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> Manifold {
        Manifold(
            resource,
            needs: whole,
            start: { watched in Slice(whole: whole.name, watched: watched, select: part, part: part(watched.current)) },
            provides: { $0.part },
            fileID: fileID,
            line: line
        )
    }
}

/// Holds one part of a watched value for as long as it stays equal.
private struct Slice<Whole: Sendable, Part: Sendable & Equatable>: Worker {
    let whole: String
    let watched: Watched<Whole>
    let select: @Sendable (Whole) -> Part
    let part: Part

    func run(_ context: WorkerContext) async {
        // Begins with the present value, so a change between the start and now is not lost. A task beside this one:
        // whoever comes first, the change or the stop, need not wait for the other.
        let watching = Task.detached(name: "\(context.manifold) watching") {
            for await whole in self.watched.changes() where self.select(whole) != self.part {
                return context.bounce("its part of \(self.whole) changed")
            }
        }
        await context.stop.wait()
        watching.cancel()
    }
}
