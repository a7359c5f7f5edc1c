import Synchronization

/// Values a label may have, when whoever asks chooses them: after so many different ones the rest are `other`.
package final class BoundedLabels: Sendable {
    /// What all further values are shown as.
    package static let other = "other"

    private let limit: Int
    private let known = Mutex<Set<String>>([])

    package init(limit: Int) { self.limit = limit }

    /// `value`, or `other` when it is a new one too many or longer than a label should be.
    package func bounded(_ value: String) -> String {
        self.known.withLock { known in
            if known.contains(value) { return value }
            guard known.count < self.limit, value.utf8.count <= 64 else { return Self.other }
            known.insert(value)
            return value
        }
    }
}
