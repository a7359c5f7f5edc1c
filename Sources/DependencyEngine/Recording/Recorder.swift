/// Keeps what an engine's machine was told, from its first event until the room is used up.
struct Recorder: Sendable {
    private(set) var events: [RecordedEvent] = []
    private(set) var isFull = false
    private var room: Int

    /// - Parameter capacity: How many events to keep, each declaration of an install counting as one.
    init(capacity: Int) {
        self.room = capacity
    }

    /// Adds an event; once one does not fit nothing is added any more, since a gap could not be replayed.
    ///
    /// - Returns: Whether this one is the first that did not fit.
    mutating func append(_ event: @autoclosure () -> RecordedEvent) -> Bool {
        if self.isFull { return false }
        let event = event()
        self.isFull = event.weight > self.room
        if self.isFull { return true }
        self.room -= event.weight
        self.events.append(event)
        return false
    }
}
