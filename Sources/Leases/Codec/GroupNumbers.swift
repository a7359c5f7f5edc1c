/// Numbers for the pairs of a namespace and a model that keys have, in the order in which they are met: a batch writes
/// each pair once.
struct GroupNumbers: Sendable {
    /// By number; without a name.
    private(set) var groups: [LeaseKey] = []
    private var index = PlaceIndex()
    /// Most keys are of the group of the one before.
    private var last = 0

    /// The number of the key's group, if it was met before.
    mutating func number(of key: LeaseKey) -> Int? {
        if self.last < self.groups.count, self.groups[self.last].hasSameGroup(as: key) { return self.last }
        guard
            let number = self.index.find(
                KeyedHash.process.group(key),
                isSought: { self.groups[Int($0)].hasSameGroup(as: key) }
            )
        else { return nil }
        self.last = Int(number)
        return self.last
    }

    /// Gives the key's group, which was not met before, the next number.
    mutating func add(_ key: LeaseKey) {
        self.last = self.groups.count
        self.index.insert(KeyedHash.process.group(key), UInt32(truncatingIfNeeded: self.last))
        self.groups.append(LeaseKey(namespace: key.namespace, model: key.model, name: ""))
    }
}

extension LeaseKey {
    func hasSameGroup(as other: LeaseKey) -> Bool {
        self.model.hasSameBytes(as: other.model) && self.namespace.hasSameBytes(as: other.namespace)
    }
}
