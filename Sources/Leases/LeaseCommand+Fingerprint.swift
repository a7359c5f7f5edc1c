extension LeaseCommand {
    /// Tells apart two commands sent under one id; the same in every process. Extensions of one lease by one holder are
    /// the same command whatever their durations, because one may have been applied in the other's stead.
    var fingerprint: UInt64 {
        var hash = Self.fingerprint(self.kind, of: self.key)
        hash.combine(self.key.name)
        switch self {
        case .claim(_, let holder, let milliseconds):
            hash.combine(holder)
            hash.combine(milliseconds)
        case .extend(_, let holder, _):
            hash.combine(holder)
        case .revoke(_, let holder, let force):
            hash.combine(force ? 1 : 0)
            hash.combine(holder ?? "")
        case .pin(_, let entity):
            hash.combine(entity)
        case .unpin(_, let entity):
            hash.combine(entity ?? "")
        case .resolve(_, let id, let notAfter):
            hash.combine(id.high)
            hash.combine(id.low)
            hash.combine(notAfter.milliseconds)
        }
        return hash.value
    }

    /// What the fingerprints of all commands of a kind in one namespace and model begin with.
    static func fingerprint(_ kind: OperationForm.Kind, of group: LeaseKey) -> StableHash {
        var hash = StableHash()
        hash.combine(UInt64(kind.rawValue))
        hash.combine(group.namespace)
        hash.combine(group.model)
        return hash
    }
}
