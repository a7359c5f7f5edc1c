/// Names one lease: a name inside a model inside a namespace.
///
/// Ordered by namespace, model, name, as lists and snapshots are.
/// Two keys are the same only when their bytes are: replicas of different versions must never disagree about that, and
/// Unicode's rules for equal texts change between versions.
package struct LeaseKey: Hashable, Sendable {
    /// What kind of lease it is, for example `lease` or `application-leadership`.
    package var namespace: String
    /// The model's UUID.
    package var model: String
    /// The lease's own name.
    package var name: String

    package init(namespace: String, model: String, name: String) {
        self.namespace = namespace
        self.model = model
        self.name = name
    }

    package static func == (left: LeaseKey, right: LeaseKey) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.model.hasSameBytes(as: right.model)
            && left.namespace.hasSameBytes(as: right.namespace)
    }

    package func hash(into hasher: inout Hasher) {
        self.namespace.combineBytes(into: &hasher)
        self.model.combineBytes(into: &hasher)
        self.name.combineBytes(into: &hasher)
    }
}

/// Namespaces that mean something to the controllers.
package enum LeaseNamespace {
    /// The controllers' own leases: critical, never stretched, never sacrificed.
    package static let singularController = "singular-controller"
}

extension LeaseKey {
    /// Whether it names a lease of the controllers themselves.
    package var isSingular: Bool { self.namespace.hasSameBytes(as: LeaseNamespace.singularController) }

    /// Where the lease stands when only some extensions can be served, 0..<128: those below a level are, those at or
    /// above are not. The same everywhere and always, so that it is always the same holders who lose their leases,
    /// instead of everybody's now and then.
    package var sacrificeLevel: UInt8 { UInt8(truncatingIfNeeded: self.stableHash >> 57) }

    /// The same in every process and on every machine.
    var stableHash: UInt64 {
        var hash = StableHash()
        hash.combine(self.namespace)
        hash.combine(self.model)
        hash.combine(self.name)
        return hash.value
    }
}

extension LeaseKey: Comparable {
    package static func < (left: LeaseKey, right: LeaseKey) -> Bool {
        let namespaces = left.namespace.compareBytes(with: right.namespace)
        if namespaces != 0 { return namespaces < 0 }
        let models = left.model.compareBytes(with: right.model)
        if models != 0 { return models < 0 }
        return left.name.compareBytes(with: right.name) < 0
    }
}

extension LeaseKey: CustomStringConvertible {
    package var description: String { "\(self.namespace)/\(self.model)/\(self.name)" }
}
