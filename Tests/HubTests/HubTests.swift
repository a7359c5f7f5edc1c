import Hub
import Testing

/// A payload with a size of its own choosing.
struct Note: HubPayload, Hashable, ExpressibleByStringLiteral {
    struct NotUTF8: Error {}

    var text: String
    var approximateBytes: Int { self.text.utf8.count }

    init(stringLiteral text: String) { self.text = text }

    init(_ text: String) { self.text = text }

    init(hubBytes: [UInt8]) throws {
        guard let text = String(validating: hubBytes, as: UTF8.self) else { throw NotUTF8() }
        self.text = text
    }

    func hubBytes() -> [UInt8] { Array(self.text.utf8) }
}

let notes = Topic<Note>("notes")
let others = Topic<Note>("others")

@Suite struct HubTests {
    @Test("a subscriber gets what is published on its topic, in order, and nothing else")
    func order() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        hub.publish("a", on: notes)
        hub.publish("x", on: others)
        hub.publish("b", on: notes)
        let messages = await subscription.nextBatch()
        #expect(messages.map(\.payload) == ["a", "b"])
        #expect(messages.allSatisfy { $0.origin == 1 })
    }

    @Test("a waiting reader is woken by a message")
    func wakes() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        async let first = subscription.next()
        while hub.report().published == 0 {
            await Task.yield()
            hub.publish("a", on: notes)
        }
        #expect(await first?.payload == "a")
    }

    @Test("every subscriber of a topic gets each message")
    func fanOut() async {
        let hub = Hub(controller: 1)
        let first = hub.subscribe(to: notes, name: "first")
        let second = hub.subscribe(to: notes, name: "second")
        hub.publish("a", on: notes)
        #expect(await first.next()?.payload == "a")
        #expect(await second.next()?.payload == "a")
    }

    @Test("concurrent publishers are seen in one order by all subscribers")
    func oneOrder() async {
        let hub = Hub(controller: 1)
        let first = hub.subscribe(to: notes, name: "first")
        let second = hub.subscribe(to: notes, name: "second")
        await withTaskGroup(of: Void.self) { group in
            for publisher in 0..<4 {
                group.addTask { for number in 0..<50 { hub.publish(Note("\(publisher)-\(number)"), on: notes) } }
            }
        }
        let seen = await first.nextBatch(limit: 200).map(\.payload)
        #expect(seen.count == 200)
        #expect(await second.nextBatch(limit: 200).map(\.payload) == seen)
    }

    @Test("a slow subscriber loses the newest messages by default, counted, and publishing does not wait")
    func dropsNewest() async {
        let hub = Hub(controller: 1)
        let slow = hub.subscribe(to: notes, name: "slow", limits: QueueLimits(messages: 2))
        for text in ["a", "b", "c", "d"] { hub.publish(Note(text), on: notes) }
        #expect(hub.report().subscribers[0].queued == 2)
        #expect(hub.report().subscribers[0].dropped == 2)
        #expect(await slow.nextBatch().map(\.payload) == ["a", "b"])
    }

    @Test("a subscriber to states loses the oldest messages")
    func dropsOldest() async {
        let hub = Hub(controller: 1)
        let slow = hub.subscribe(
            to: notes,
            name: "slow",
            limits: QueueLimits(messages: 2, overflow: .dropOldest)
        )
        for text in ["a", "b", "c", "d"] { hub.publish(Note(text), on: notes) }
        #expect(await slow.nextBatch().map(\.payload) == ["c", "d"])
        #expect(hub.report().subscribers[0].dropped == 2)
        #expect(hub.report().subscribers[0].delivered == 2)
    }

    @Test("a queue is bounded in bytes as well", arguments: [QueueLimits.Overflow.dropNewest, .dropOldest])
    func bytes(overflow: QueueLimits.Overflow) async {
        let hub = Hub(controller: 1)
        let slow = hub.subscribe(
            to: notes,
            name: "slow",
            limits: QueueLimits(messages: 100, bytes: 10, overflow: overflow)
        )
        for text in ["aaaa", "bbbb", "cccc"] { hub.publish(Note(text), on: notes) }
        #expect(hub.report().subscribers[0].queuedBytes == 8)
        #expect(hub.report().subscribers[0].dropped == 1)
        #expect(await slow.nextBatch().count == 2)
        #expect(hub.report().subscribers[0].queuedBytes == 0)
    }

    @Test("a message larger than the queue is delivered when nothing else waits")
    func oversized() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test", limits: QueueLimits(messages: 4, bytes: 2))
        hub.publish("large", on: notes)
        hub.publish("x", on: notes)
        #expect(await subscription.nextBatch().map(\.payload) == ["large"])
    }

    @Test("unsubscribing ends reading after what was queued")
    func unsubscribing() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        hub.publish("a", on: notes)
        subscription.unsubscribe()
        hub.publish("b", on: notes)
        #expect(await subscription.next()?.payload == "a")
        #expect(await subscription.next() == nil)
        #expect(hub.report().subscribers.isEmpty)
    }

    @Test("letting go of a subscription unsubscribes")
    func deinitialising() {
        let hub = Hub(controller: 1)
        var subscription: Subscription<HubMessage<Note>>? = hub.subscribe(to: notes, name: "test")
        #expect(subscription != nil && hub.report().subscribers.count == 1)
        subscription = nil
        #expect(hub.report().subscribers.isEmpty)
    }

    @Test("cancelling the reading task ends its wait")
    func cancelling() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        let reader = Task { await subscription.next() }
        reader.cancel()
        #expect(await reader.value == nil)
        hub.publish("a", on: notes)
        #expect(await subscription.next()?.payload == "a")
    }
}
