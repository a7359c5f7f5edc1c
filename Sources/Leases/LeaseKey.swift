/// Names one lease: a name inside a model inside a namespace.
///
/// Ordered by namespace, model, name, so that every replica expires leases of the same instant in the same order.
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
