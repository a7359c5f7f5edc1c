/// The namespaces that are counted apart: those everybody has, and all others together.
///
/// Anyone may name a namespace, so that what is shown of each must not grow with them.
package enum NamespaceKind: String, Sendable, CaseIterable {
    case applicationLeadership = "application-leadership"
    case singularController = "singular-controller"
    case lease
    case other

    /// Where a namespace is counted.
    package init(of namespace: String) {
        self = Self.known.first { namespace.hasSameBytes(as: $0.rawValue) } ?? .other
    }

    private static let known: [NamespaceKind] = [.lease, .applicationLeadership, .singularController]
}

/// A count for each kind of namespace.
package struct NamespaceCounts: Sendable, Hashable {
    private var applicationLeadership = 0
    private var singularController = 0
    private var lease = 0
    private var other = 0

    package init() {}

    package subscript(kind: NamespaceKind) -> Int {
        get {
            switch kind {
            case .applicationLeadership: self.applicationLeadership
            case .singularController: self.singularController
            case .lease: self.lease
            case .other: self.other
            }
        }
        set {
            switch kind {
            case .applicationLeadership: self.applicationLeadership = newValue
            case .singularController: self.singularController = newValue
            case .lease: self.lease = newValue
            case .other: self.other = newValue
            }
        }
    }

    /// Of all namespaces.
    package var total: Int { self.applicationLeadership + self.singularController + self.lease + self.other }

    /// Counts one more, or one less, of a key's namespace.
    package mutating func add(_ key: LeaseKey, _ change: Int = 1) { self[NamespaceKind(of: key.namespace)] += change }
}
