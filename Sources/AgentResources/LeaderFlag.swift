import NIOConcurrencyHelpers

/// Stands for this controller leading: provided only while it does, so that what requires it runs only on the leader.
package struct LeaderFlag: Sendable, Hashable {
    private let box: Box

    /// A flag for `term`; its provider may set a later one until it says that it is ready.
    package init(term: UInt64) { self.box = Box(term: .init(term)) }

    /// The term this controller leads in.
    ///
    /// Behind a reference because an output is made when its worker starts, and the term is known when it is ready.
    package var term: UInt64 {
        get { self.box.term.withLockedValue { $0 } }
        nonmutating set { self.box.term.withLockedValue { $0 = newValue } }
    }

    package static func == (left: LeaderFlag, right: LeaderFlag) -> Bool { left.term == right.term }
    package func hash(into hasher: inout Hasher) { hasher.combine(self.term) }

    private final class Box: Sendable {
        let term: NIOLockedValueBox<UInt64>

        init(term: NIOLockedValueBox<UInt64>) { self.term = term }
    }
}
