package import Leases

extension LeaseOperation {
    /// Roughly what it takes in memory and in the log, for bounds in bytes.
    package var approximateBytes: Int {
        let key = self.command.key
        let covers = 16 * self.covers.count
        let name = covers + key.namespace.utf8.count + key.model.utf8.count + key.name.utf8.count
        switch self.command {
        case .claim(_, let holder, _), .extend(_, let holder, _): return 64 + name + holder.utf8.count
        case .revoke(_, let holder, _): return 64 + name + (holder?.utf8.count ?? 0)
        case .pin(_, let entity): return 64 + name + entity.utf8.count
        case .unpin(_, let entity): return 64 + name + (entity?.utf8.count ?? 0)
        case .resolve: return 96 + name
        }
    }
}
