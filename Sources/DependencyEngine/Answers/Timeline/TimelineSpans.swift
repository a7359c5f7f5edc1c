/// Turns one manifold's transitions into the states it was in.
struct TimelineSpans {
    private var spans: [Timeline.Span] = []
    private var marks: [Timeline.Mark] = []
    private var current: (state: ManifoldState, since: Moment, generation: Int)?
    /// What it does once the worker under way has ended.
    private var afterwards: ManifoldState?
    /// Where the kept transitions begin, if older ones were forgotten.
    private let oldest: Moment?
    private var isFirst = true

    init(oldest: Moment?) {
        self.oldest = oldest
    }

    mutating func take(_ entry: TransitionJournal.Entry) {
        let generation = Int(entry.generation)
        if self.isFirst, let oldest = self.oldest { self.openForgotten(entry.kind, oldest, generation) }
        self.isFirst = false
        switch entry.kind {
        case .starting:
            self.afterwards = nil
            self.open(.starting, entry.at, generation)
        case .started: self.open(.started, entry.at, generation)
        case .ready: self.open(.ready, entry.at, generation)
        case .stopping: self.open(.stopping, entry.at, generation)
        case .failed, .bounced:
            self.marks.append(Timeline.Mark(kind: entry.kind, at: entry.at.sinceStart.roundedMilliseconds))
            self.afterwards = entry.retries ? .backingOff : nil
            self.rest(entry.at, generation)
        case .abandoned:
            self.marks.append(Timeline.Mark(kind: .abandoned, at: entry.at.sinceStart.roundedMilliseconds))
            self.rest(entry.at, generation)
        case .stopped: self.rest(entry.at, generation)
        case .finished: self.open(.finished, entry.at, generation)
        case .parked:
            self.afterwards = .parked
            // The worker of one parked on request runs on until it is asked to stop.
            switch self.current?.state {
            case .starting, .started, .ready, .stopping: break
            default: self.rest(entry.at, generation)
            }
        case .resumed, .uninstalled:
            self.afterwards = nil
            if self.current?.state == .parked { self.close(entry.at) }
        case .installed, .engine: break
        }
    }

    mutating func open(_ state: ManifoldState, _ at: Moment, _ generation: Int) {
        self.close(at)
        self.current = (state, at, generation)
    }

    /// The spans, the last of which may go on.
    func finished() -> (spans: [Timeline.Span], marks: [Timeline.Mark]) {
        guard let current = self.current else { return (self.spans, self.marks) }
        let last = Timeline.Span(
            state: current.state,
            begin: current.since.sinceStart.roundedMilliseconds,
            end: nil,
            generation: current.generation
        )
        return (self.spans + [last], self.marks)
    }

    private mutating func rest(_ at: Moment, _ generation: Int) {
        self.close(at)
        if let afterwards = self.afterwards { self.current = (afterwards, at, generation) }
    }

    private mutating func close(_ at: Moment) {
        guard let current = self.current else { return }
        self.current = nil
        guard at > current.since else { return }
        self.spans.append(
            Timeline.Span(
                state: current.state,
                begin: current.since.sinceStart.roundedMilliseconds,
                end: at.sinceStart.roundedMilliseconds,
                generation: current.generation
            )
        )
    }

    /// Something that stops or fails first of all ran before; how long is not known any more.
    private mutating func openForgotten(_ kind: EngineEvent.Kind, _ oldest: Moment, _ generation: Int) {
        switch kind {
        case .stopping, .failed, .bounced, .finished: self.open(.ready, oldest, generation)
        default: break
        }
    }
}
