/// Something that can be published: a value that also knows how to be bytes, for the way to another controller.
package protocol HubPayload: Sendable {
    /// Reads what `hubBytes()` wrote; throws for anything else, whatever the bytes are.
    init(hubBytes: [UInt8]) throws
    /// The value for the way to another controller; called only when somebody forwards.
    func hubBytes() -> [UInt8]
    /// Roughly how much memory a queued copy keeps alive; queues are bounded in it.
    var approximateBytes: Int { get }
}

/// Names a stream of messages of one type.
package struct Topic<Payload: HubPayload>: Sendable, Hashable {
    /// 1...255 bytes of UTF-8; the same on every controller.
    package var name: String

    package init(_ name: String) { self.name = name }
}

/// One published value with where it came from.
package struct HubMessage<Payload: HubPayload>: Sendable {
    package var payload: Payload
    /// The controller it was published on.
    package var origin: UInt64

    package init(payload: Payload, origin: UInt64) {
        self.payload = payload
        self.origin = origin
    }
}

/// A message as it travels between controllers.
package struct ForwardedMessage: Sendable, Hashable {
    package var topic: String
    /// The controller it was published on.
    package var origin: UInt64
    /// The one controller it is meant for, or `nil` for all.
    package var target: UInt64?
    package var bytes: [UInt8]

    package init(topic: String, origin: UInt64, target: UInt64?, bytes: [UInt8]) {
        self.topic = topic
        self.origin = origin
        self.target = target
        self.bytes = bytes
    }
}
