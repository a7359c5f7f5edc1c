/// News from workers, timers and signals on its way to the engine.
enum EngineNews: Sendable {
    /// With the output of a worker that is ready by having started.
    case startReturned(ManifoldID, generation: Int, output: (any Output)?)
    case signalledReady(ManifoldID, generation: Int, output: any Output)
    case finishedDraining(ManifoldID, generation: Int)
    case ended(ManifoldID, generation: Int)
    // Out of line what is large and rare.
    indirect case failed(ManifoldID, generation: Int, MachineFailure)
    indirect case asksForBounce(ManifoldID, generation: Int, String)
    indirect case waits(ManifoldID, generation: Int, for: String)
    case timer(Duration)
    case shutdown(ShutdownKind)
}

/// Keeps news in the order it was posted, from any thread, so that one turn of the engine takes all that has come.
final class Mailbox: Sendable {
    private struct State {
        var news: [EngineNews] = []
        var isTurnComing = false
    }

    private let state = Locked(State())

    /// Adds one piece; true means the caller must see to it that the engine takes its turn.
    func append(_ news: EngineNews) -> Bool {
        self.state.withLock { state in
            state.news.append(news)
            defer { state.isTurnComing = true }
            return !state.isTurnComing
        }
    }

    /// Everything so far, for an empty array whose room is used for what comes next.
    func take(_ taken: inout [EngineNews]) {
        self.state.withLock { swap(&$0.news, &taken) }
    }

    /// Ends a turn; true means news came meanwhile, and the caller must see to another one.
    func endTurn() -> Bool {
        self.state.withLock { state in
            state.isTurnComing = !state.news.isEmpty
            return state.isTurnComing
        }
    }
}
