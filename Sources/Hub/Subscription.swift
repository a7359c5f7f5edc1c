/// One reader of a topic: messages in the order they were published, as many as it keeps up with.
///
/// One task at a time may read. Letting go of the subscription unsubscribes.
package final class Subscription<Message: Sendable>: Sendable {
    private let mailbox: Mailbox<Message>
    private let leave: @Sendable () -> Void

    init(mailbox: Mailbox<Message>, leave: @escaping @Sendable () -> Void) {
        self.mailbox = mailbox
        self.leave = leave
    }

    deinit { self.unsubscribe() }

    /// The next message; `nil` once unsubscribed and drained, or when the reading task is cancelled.
    package func next() async -> Message? {
        await self.mailbox.next(1).first
    }

    /// Everything queued up to `limit` messages, waiting for the first; empty where `next()` gives `nil`.
    ///
    /// One hop for many messages: what a busy reader should use.
    package func nextBatch(limit: Int = 256) async -> [Message] {
        await self.mailbox.next(limit)
    }

    /// Takes no more messages from here on; what is queued can still be read, then reading ends. Any thread.
    package func unsubscribe() {
        self.leave()
        self.mailbox.finish()
    }
}
