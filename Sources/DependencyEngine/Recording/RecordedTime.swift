/// A duration as a recording writes it: a count of nanoseconds, or `[seconds, attoseconds]` when that is not exact.
struct RecordedTime: Codable, Sendable, Hashable {
    var duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init(from decoder: any Decoder) throws {
        if let nanoseconds = try? decoder.singleValueContainer().decode(Int64.self) {
            self.duration = .nanoseconds(nanoseconds)
            return
        }
        var pair = try decoder.unkeyedContainer()
        let seconds = try pair.decode(Int64.self)
        let attoseconds = try pair.decode(Int64.self)
        guard attoseconds.magnitude < 1_000_000_000_000_000_000, pair.isAtEnd else {
            throw DecodingError.dataCorruptedError(in: pair, debugDescription: "not a duration")
        }
        self.duration = Duration(secondsComponent: seconds, attosecondsComponent: attoseconds)
    }

    func encode(to encoder: any Encoder) throws {
        let (seconds, attoseconds) = self.duration.components
        let limit: Int64 = 9_000_000_000
        if attoseconds % 1_000_000_000 == 0, (-limit...limit).contains(seconds) {
            var single = encoder.singleValueContainer()
            try single.encode(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        } else {
            var pair = encoder.unkeyedContainer()
            try pair.encode(seconds)
            try pair.encode(attoseconds)
        }
    }
}
