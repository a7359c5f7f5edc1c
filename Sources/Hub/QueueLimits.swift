/// How much a subscriber may fall behind before messages are dropped for it.
package struct QueueLimits: Sendable, Hashable {
    /// Which message goes when there is no room.
    package enum Overflow: String, Sendable, Hashable {
        /// The one that has waited longest: right for states, where the newest counts.
        case dropOldest = "drop-oldest"
        /// The one that arrives: right for requests, whose senders come again.
        case dropNewest = "drop-newest"
    }

    package var messages: Int
    /// Of `approximateBytes`; one message larger than this is still taken when nothing else is queued.
    package var bytes: Int
    package var overflow: Overflow

    package init(messages: Int = 1_024, bytes: Int = 8 << 20, overflow: Overflow = .dropNewest) {
        precondition(messages > 0 && bytes > 0, "a queue without room delivers nothing")
        self.messages = messages
        self.bytes = bytes
        self.overflow = overflow
    }
}
