/// What a drawing of the graph shows, before anything has a place.
struct GraphPicture: Sendable {
    struct Box: Sendable {
        var name: String
        var state: ManifoldState
        /// Beside the state: how long, which attempt, until when.
        var detail: String
    }

    enum Style: Int, Sendable, Hashable, Comparable {
        case solid, dotted, dashed

        static func < (left: Style, right: Style) -> Bool { left.rawValue < right.rawValue }
    }

    /// An arrow between two boxes, by their indices.
    struct Edge: Sendable, Hashable {
        var provider: Int
        var user: Int
        var style: Style
    }

    var title: String
    /// By name.
    var boxes: [Box]
    /// By user, then by provider; no two between the same boxes.
    var edges: [Edge]
}

extension EngineMachine {
    /// The graph as it is now; the same graph in the same state gives the same picture.
    func picture(now: Duration) -> GraphPicture {
        let drawn = self.drawn()
        var place: [ManifoldID: Int] = [:]
        for (index, id) in drawn.enumerated() { place[id] = index }
        var edges: [GraphPicture.Edge] = []
        for (user, id) in drawn.enumerated() {
            var styles: [Int: GraphPicture.Style] = [:]
            for input in self.nodes[id].inputs {
                guard let provider = place[input.provider] else { continue }
                let style: GraphPicture.Style =
                    switch input.kind {
                    case .required: .solid
                    case .optional: .dotted
                    case .deferred: .dashed
                    }
                styles[provider] = min(styles[provider] ?? style, style)
            }
            for (provider, style) in styles.sorted(by: { $0.key < $1.key }) {
                edges.append(GraphPicture.Edge(provider: provider, user: user, style: style))
            }
        }
        let boxes = drawn.map { id in
            GraphPicture.Box(
                name: self.nodes[id].name,
                state: self.manifoldState(id),
                detail: self.detail(id, now: now)
            )
        }
        let ready = boxes.count { $0.state == ManifoldState.ready }
        return GraphPicture(
            title: "engine \(self.state.rawValue) · \(ready) of \(boxes.count) ready",
            boxes: boxes,
            edges: edges
        )
    }

    /// Beside the state: how it stands, and which plugin it came from.
    private func detail(_ id: ManifoldID, now: Duration) -> String {
        let standing = self.standing(id, now: now)
        guard let origin = self.nodes[id].declaration?.origin else { return standing }
        return standing.isEmpty ? origin : "\(standing) · \(origin)"
    }

    private func standing(_ id: ManifoldID, now: Duration) -> String {
        let node = self.nodes[id]
        switch self.manifoldState(id) {
        case .ready:
            let since = node.instance?.readyAt.map { "for \(TimeText.text(max(now - $0, .zero)))" } ?? ""
            return node.startCount > 1 ? "\(since), start \(node.startCount)" : since
        case .starting, .started:
            let attempt = self.attempt(id, now: now)
            return attempt > 1 ? "attempt \(attempt)" : ""
        case .backingOff:
            let delay = node.retryAt.map { max($0 - now, .zero) } ?? .zero
            return "attempt \(node.failures + 1) in \(TimeText.text(delay))"
        case .parked: return node.failures > 0 ? "after \(node.failures) failures" : ""
        case .unknown: return "not installed"
        case .waiting, .stopping, .finished: return ""
        }
    }
}
