/// News from workers, timers and signals on its way to the engine.
enum EngineNews: Sendable {
    /// With the output of a worker that is ready by having started.
    case startReturned(ManifoldID, generation: Int, output: (any Output)?)
    case signalledReady(ManifoldID, generation: Int, output: any Output)
    case finishedDraining(ManifoldID, generation: Int)
    case ended(ManifoldID, generation: Int, MachineFailure?)
    case asksForBounce(ManifoldID, generation: Int, String)
    case waits(ManifoldID, generation: Int, for: String)
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

    /// Everything so far.
    func take() -> [EngineNews] {
        self.state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
    }

    /// Ends a turn; true means news came meanwhile, and the caller must see to another one.
    func endTurn() -> Bool {
        self.state.withLock { state in
            state.isTurnComing = !state.news.isEmpty
            return state.isTurnComing
        }
    }
}
