/// What stands somewhere now, and then each change of it; a slow reader sees only the newest.
///
/// Nothing is kept for a reader that does not read, and any number may read, each at its own pace. It ends when its
/// task is cancelled, and when nothing will change any more.
public struct Changes<Element: Sendable>: AsyncSequence, Sendable {
    /// Changes are never missed for an error.
    public typealias Failure = Never

    /// What was read: a number that is the same for the same thing, and the thing.
    struct Reading {
        var key: Int
        var element: Element
    }

    let cell: OutputCell
    let read: @Sendable (OutputCell.Content) -> Reading

    /// One reader, beginning with what is there when it first asks.
    public func makeAsyncIterator() -> Iterator {
        Iterator(changes: self)
    }

    /// One reader's place.
    public struct Iterator: AsyncIteratorProtocol {
        let changes: Changes
        private var lastKey: Int?

        init(changes: Changes) {
            self.changes = changes
        }

        /// The next thing that differs from the last one read; nil at the end, and once the task is cancelled.
        public mutating func next() async -> Element? {
            await self.next(isolation: nil)
        }

        /// The next thing that differs from the last one read; nil at the end, and once the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Element? {
            var content = self.changes.cell.content
            while !Task.isCancelled {
                let reading = self.changes.read(content)
                if reading.key != self.lastKey {
                    self.lastKey = reading.key
                    return reading.element
                }
                if content.isFinished { return nil }
                guard case .changed(let newer) = await self.changes.cell.change(after: content.version) else {
                    return nil
                }
                content = newer
            }
            return nil
        }
    }
}
