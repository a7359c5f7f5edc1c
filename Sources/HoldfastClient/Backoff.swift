/// Growing pauses between attempts, each shortened by chance so that many clients do not come back together.
struct Backoff: Sendable {
    private var next: Duration
    private let cap: Duration

    init(first: Duration = .milliseconds(50), cap: Duration = .seconds(2)) {
        self.next = first
        self.cap = cap
    }

    /// The next pause: between half of it and all of it.
    mutating func pause() -> Duration {
        defer { self.next = min(self.next * 2, self.cap) }
        return self.next * Double.random(in: 0.5...1)
    }
}
