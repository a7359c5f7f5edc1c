import Hub
import Testing

@Suite struct ForwardingTests {
    @Test("a forwarder gets every topic as bytes with origin and target")
    func forwards() async {
        let hub = Hub(controller: 1)
        let forwarder = hub.forward(name: "forwarder")
        hub.publish("a", on: notes)
        hub.publish("b", on: others, to: 3)
        #expect(
            await forwarder.nextBatch() == [
                ForwardedMessage(topic: "notes", origin: 1, target: nil, bytes: Array("a".utf8)),
                ForwardedMessage(topic: "others", origin: 1, target: 3, bytes: Array("b".utf8)),
            ]
        )
    }

    @Test("local messages and those for this controller do not leave it")
    func localOnly() async {
        let hub = Hub(controller: 1)
        let forwarder = hub.forward(name: "forwarder")
        let subscription = hub.subscribe(to: notes, name: "test")
        hub.publish("a", on: notes, localOnly: true)
        hub.publish("b", on: notes, to: 1)
        forwarder.unsubscribe()
        #expect(await forwarder.next() == nil)
        #expect(await subscription.nextBatch().map(\.payload) == ["a", "b"])
    }

    @Test("a message for another controller is not seen here")
    func targeted() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        hub.publish("a", on: notes, to: 2)
        hub.receive(ForwardedMessage(topic: "notes", origin: 3, target: 2, bytes: Array("b".utf8)))
        subscription.unsubscribe()
        #expect(await subscription.next() == nil)
    }

    @Test("a received message reaches subscribers with its origin and is not forwarded again")
    func receives() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        let forwarder = hub.forward(name: "forwarder")
        hub.receive(ForwardedMessage(topic: "notes", origin: 3, target: nil, bytes: Array("a".utf8)))
        let message = await subscription.next()
        #expect(message?.payload == "a")
        #expect(message?.origin == 3)
        forwarder.unsubscribe()
        #expect(await forwarder.next() == nil)
    }

    @Test("bytes that are not the topic's type are counted and dropped")
    func undecodable() async {
        let hub = Hub(controller: 1)
        let subscription = hub.subscribe(to: notes, name: "test")
        hub.receive(ForwardedMessage(topic: "notes", origin: 3, target: nil, bytes: [0xFF]))
        subscription.unsubscribe()
        #expect(await subscription.next() == nil)
        #expect(hub.report().undecodable == 1)
    }

    @Test("the report names subscribers in the order they came")
    func report() {
        let hub = Hub(controller: 7)
        let first = hub.subscribe(to: notes, name: "first")
        let second = hub.forward(name: "second")
        hub.publish("abc", on: notes)
        let report = hub.report()
        #expect(report.controller == 7 && report.published == 1)
        #expect(report.subscribers.map(\.name) == ["first", "second"])
        #expect(report.subscribers.map(\.topic) == ["notes", "*"])
        #expect(report.subscribers.map(\.queued) == [1, 1])
        #expect(report.subscribers.map(\.queuedBytes) == [3, 8])
        withExtendedLifetime((first, second)) {}
    }
}
