/// Whether a standing queue has formed: the shortest wait of a whole interval is above the target.
///
/// The shortest, because a batch that is just under way makes everybody wait for a while and means nothing.
struct CoDel: Hashable, Sendable {
    private(set) var isOverloaded = false
    private var shortest = Int64.max

    /// Something left after `sojourn`.
    mutating func left(after sojourn: Int64) { self.shortest = min(self.shortest, sojourn) }

    /// An interval is over. One in which nothing left says nothing new.
    mutating func intervalEnded(target: Int64) {
        if self.shortest != .max { self.isOverloaded = self.shortest > target }
        self.shortest = .max
    }

    mutating func reset() { self = CoDel() }
}
