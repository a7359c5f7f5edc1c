extension Manifold {
    /// The same manifold as a member of `group` too: those that need `.all(of: group)` receive what it provides.
    ///
    /// Its output must be of the group's type; otherwise install refuses it, naming both types and where they stand.
    public func joining<Value: Sendable>(
        _ group: ResourceGroup<Value>,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> Manifold {
        var copy = self
        if !copy.groups.contains(where: { $0.group == group.name }) {
            copy.groups.append(
                GroupEdge(group: group.name, valueType: Value.self, site: "\(fileID):\(line)")
            )
        }
        return copy
    }
}

/// A manifold's side of a group, as a member or as one that needs its members.
struct GroupEdge: Sendable {
    var group: String
    /// The group's type there, so that two uses of one name that disagree are refused at install.
    var valueType: any Sendable.Type
    var site: String
}

extension GroupEdge {
    /// The edge of one that needs the members; nil for an edge to a provider.
    init?(_ edge: InputEdge, site: String) {
        guard edge.isGroup else { return nil }
        self.init(group: edge.name, valueType: edge.valueType, site: site)
    }
}
