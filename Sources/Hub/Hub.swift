import NIOConcurrencyHelpers

/// Publish and subscribe inside one agent, with what it takes to reach the other controllers.
///
/// Publishing never waits: each subscriber has a bounded queue and loses messages, counted, when it does not keep up.
/// Messages to one subscriber keep the order they were published in. Thread-safe.
package final class Hub: Sendable {
    /// This controller's id: the origin of what is published here.
    package let controller: UInt64

    private let state = NIOLockedValueBox(State())

    package init(controller: UInt64) { self.controller = controller }

    private struct State: Sendable {
        var nextID: UInt64 = 0
        /// By topic, each in the order of subscribing.
        var subscribers: [String: [any Subscriber]] = [:]
        /// Those that take every topic as bytes.
        var forwarders: [Forwarder] = []
        var published: UInt64 = 0
        var received: UInt64 = 0
        var undecodable: UInt64 = 0

        mutating func takeID() -> UInt64 {
            self.nextID += 1
            return self.nextID
        }
    }

    /// Gives `payload` to the subscribers of `topic`, here and, by way of forwarders, on other controllers.
    ///
    /// - Parameters:
    ///   - target: the one controller it is meant for; subscribers elsewhere, here too, do not see it.
    ///   - localOnly: never leaves this controller.
    package func publish<Payload>(
        _ payload: Payload,
        on topic: Topic<Payload>,
        to target: UInt64? = nil,
        localOnly: Bool = false
    ) {
        let isForUs = target == nil || target == self.controller
        let leaves = !localOnly && target != self.controller
        let isForwarded = leaves && self.state.withLockedValue { !$0.forwarders.isEmpty }
        let forwarded =
            isForwarded
            ? ForwardedMessage(topic: topic.name, origin: self.controller, target: target, bytes: payload.hubBytes())
            : nil
        // Delivered under the lock, so that every subscriber sees concurrent publishers in one order.
        self.state.withLockedValue { state in
            state.published += 1
            if isForUs, let subscribers = state.subscribers[topic.name] {
                let message = HubMessage(payload: payload, origin: self.controller)
                for subscriber in subscribers { subscriber.deliver(message) }
            }
            if let forwarded {
                for forwarder in state.forwarders { forwarder.deliver(forwarded) }
            }
        }
    }

    /// Gives a message of another controller to the subscribers here; it is not forwarded again.
    ///
    /// The caller has made sure that `origin` is who sent it. Messages meant for another controller are ignored.
    package func receive(_ message: ForwardedMessage) {
        guard message.target == nil || message.target == self.controller else { return }
        let subscribers = self.state.withLockedValue { state in
            state.received += 1
            return state.subscribers[message.topic] ?? []
        }
        // Decoded outside the lock: other controllers' bytes must not hold up publishers here.
        for subscriber in subscribers where !subscriber.deliver(bytes: message.bytes, origin: message.origin) {
            self.state.withLockedValue { $0.undecodable += 1 }
        }
    }

    /// Subscribes to `topic` under `name`, which reports show.
    package func subscribe<Payload>(
        to topic: Topic<Payload>,
        name: String,
        limits: QueueLimits = QueueLimits()
    ) -> Subscription<HubMessage<Payload>> {
        let mailbox = Mailbox<HubMessage<Payload>>(limits: limits)
        let id = self.state.withLockedValue { state in
            let id = state.takeID()
            state.subscribers[topic.name, default: []].append(
                TopicSubscriber(id: id, name: name, topic: topic.name, mailbox: mailbox)
            )
            return id
        }
        return Subscription(mailbox: mailbox) { [weak self] in
            self?.state.withLockedValue { state in
                state.subscribers[topic.name]?.removeAll { $0.id == id }
                if state.subscribers[topic.name]?.isEmpty == true { state.subscribers[topic.name] = nil }
            }
        }
    }

    /// Subscribes to everything published here that may leave this controller, as bytes.
    package func forward(
        name: String,
        limits: QueueLimits = QueueLimits()
    ) -> Subscription<ForwardedMessage> {
        let mailbox = Mailbox<ForwardedMessage>(limits: limits)
        let id = self.state.withLockedValue { state in
            let id = state.takeID()
            state.forwarders.append(Forwarder(id: id, name: name, mailbox: mailbox))
            return id
        }
        return Subscription(mailbox: mailbox) { [weak self] in
            self?.state.withLockedValue { state in state.forwarders.removeAll { $0.id == id } }
        }
    }

    /// Subscriptions with their queues and drops.
    package func report() -> HubReport {
        self.state.withLockedValue { state in
            let all: [any Subscriber] = state.subscribers.values.flatMap { $0 } + state.forwarders
            return HubReport(
                controller: self.controller,
                published: state.published,
                received: state.received,
                undecodable: state.undecodable,
                subscribers: all.sorted { $0.id < $1.id }.map { $0.report() }
            )
        }
    }
}
