/// A value that changes while it is used, such as a configuration that is read again: what it is now, and its changes.
///
/// Made together with its `Setter`, which whoever reads the file keeps. A manifold provides the `Watched` and goes on
/// running; those who need it take `current` when they like, follow `changes()`, or need a `Manifold.slice` of it and
/// are started again only when their part changed. Safe from any task.
public struct Watched<Value: Sendable>: Sendable {
    /// Changes the value, for everyone who watches it. Safe from any task.
    public struct Setter: Sendable {
        fileprivate let cell: OutputCell
        /// Counts the values; held while one takes another's place, so that `update` loses none.
        private let generation = Locked(1)

        fileprivate init(cell: OutputCell) {
            self.cell = cell
        }

        /// Puts another value in place; who asks from now on finds it.
        public func set(_ value: Value) {
            // The old value goes when the lock is free: its end may set another one.
            _ = self.generation.withLock { self.put(value, &$0) }
        }

        /// Changes the value in place, with no other change in between; `change` must not itself set this value.
        public func update(_ change: (inout Value) -> Void) {
            _ = self.generation.withLock { generation -> (any Output)? in
                guard var value = self.cell.current?.value(as: Value.self) else { return nil }
                change(&value)
                return self.put(value, &generation)
            }
        }

        private func put(_ value: Value, _ generation: inout Int) -> (any Output)? {
            generation += 1
            return self.cell.set(TypedOutput(value), generation: generation)
        }
    }

    private let cell: OutputCell
    /// What is there before anything stands in the cell: never seen, as `make` puts it there.
    private let initial: Value

    /// Makes a value to watch and what sets it.
    public static func make(_ value: Value) -> (watched: Watched<Value>, setter: Setter) {
        let cell = OutputCell(name: "watched")
        cell.set(TypedOutput(value), generation: 1)
        return (Watched(cell: cell, initial: value), Setter(cell: cell))
    }

    /// The value now.
    public var current: Value { self.cell.current?.value(as: Value.self) ?? self.initial }

    /// The value now and then each change, until the reader's task is cancelled; a slow reader sees only the newest.
    public func changes() -> Changes<Value> {
        let initial = self.initial
        return Changes(cell: self.cell) { content in
            Changes.Reading(key: content.generation, element: content.value?.value(as: Value.self) ?? initial)
        }
    }
}
