import NIOConcurrencyHelpers

/// A stream that knows whether its reader has dealt with all it was told: it asks for the next only then.
final class CountedStream<Element: Sendable>: Sendable {
    private let told = NIOLockedValueBox(0)
    private let asked = NIOLockedValueBox(0)
    private let inner: AsyncStream<Element>
    private let continuation: AsyncStream<Element>.Continuation

    init() { (self.inner, self.continuation) = AsyncStream.makeStream() }

    var stream: AsyncStream<Element> {
        AsyncStream {
            self.asked.withLockedValue { $0 += 1 }
            var iterator = self.inner.makeAsyncIterator()
            return await iterator.next()
        }
    }

    var isConsumed: Bool { self.asked.withLockedValue { $0 } > self.told.withLockedValue { $0 } }

    func yield(_ element: Element) {
        self.told.withLockedValue { $0 += 1 }
        self.continuation.yield(element)
    }

    func finish() { self.continuation.finish() }
}
