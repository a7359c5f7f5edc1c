/// What the hub is doing, for operators and tests.
package struct HubReport: Sendable, Hashable {
    /// One subscriber.
    package struct Subscriber: Sendable, Hashable {
        /// `*` for one that forwards every topic.
        package var topic: String
        /// What the subscriber called itself.
        package var name: String
        package var queued: Int
        package var queuedBytes: Int
        package var delivered: UInt64
        /// Messages it was too slow for.
        package var dropped: UInt64
    }

    package var controller: UInt64
    /// Messages published here, whether or not anybody listened.
    package var published: UInt64
    /// Messages that came from other controllers.
    package var received: UInt64
    /// Messages from other controllers that no subscriber could read.
    package var undecodable: UInt64
    /// In the order they subscribed.
    package var subscribers: [Subscriber]
}
