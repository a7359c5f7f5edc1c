/// A change of holder, in the order the replicated state made it.
package enum LeaseEvent: Hashable, Sendable {
    case claimed(LeaseKey, holder: String, token: FencingToken)
    case expired(LeaseKey, holder: String, token: FencingToken)
    case revoked(LeaseKey, holder: String, token: FencingToken)

    package var key: LeaseKey {
        switch self {
        case .claimed(let key, _, _), .expired(let key, _, _), .revoked(let key, _, _): key
        }
    }
}
