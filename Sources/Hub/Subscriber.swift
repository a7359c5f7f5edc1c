/// The hub's side of a subscription, whatever its payload type.
protocol Subscriber: Sendable {
    var id: UInt64 { get }
    /// Queues a message published here.
    func deliver<Payload>(_ message: HubMessage<Payload>)
    /// Queues a message from elsewhere; false when the bytes are not this topic's type.
    func deliver(bytes: [UInt8], origin: UInt64) -> Bool
    func report() -> HubReport.Subscriber
}

/// A subscriber of one topic.
struct TopicSubscriber<Payload: HubPayload>: Subscriber {
    let id: UInt64
    let name: String
    let topic: String
    let mailbox: Mailbox<HubMessage<Payload>>

    func deliver<Other>(_ message: HubMessage<Other>) {
        guard let message = message as? HubMessage<Payload> else {
            preconditionFailure("topic \(self.topic) is declared with two payload types")
        }
        self.mailbox.append(message, bytes: message.payload.approximateBytes)
    }

    func deliver(bytes: [UInt8], origin: UInt64) -> Bool {
        guard let payload = try? Payload(hubBytes: bytes) else { return false }
        self.mailbox.append(HubMessage(payload: payload, origin: origin), bytes: payload.approximateBytes)
        return true
    }

    func report() -> HubReport.Subscriber {
        let counts = self.mailbox.counts()
        return HubReport.Subscriber(
            topic: self.topic,
            name: self.name,
            queued: counts.queued,
            queuedBytes: counts.queuedBytes,
            delivered: counts.delivered,
            dropped: counts.dropped
        )
    }
}

/// A subscriber of everything that may leave this controller.
struct Forwarder: Subscriber {
    let id: UInt64
    let name: String
    let mailbox: Mailbox<ForwardedMessage>

    func deliver(_ message: ForwardedMessage) {
        self.mailbox.append(message, bytes: message.bytes.count + message.topic.utf8.count)
    }

    func deliver<Payload>(_ message: HubMessage<Payload>) {
        preconditionFailure("forwarders take bytes")
    }

    func deliver(bytes: [UInt8], origin: UInt64) -> Bool { true }

    func report() -> HubReport.Subscriber {
        let counts = self.mailbox.counts()
        return HubReport.Subscriber(
            topic: "*",
            name: self.name,
            queued: counts.queued,
            queuedBytes: counts.queuedBytes,
            delivered: counts.delivered,
            dropped: counts.dropped
        )
    }
}
