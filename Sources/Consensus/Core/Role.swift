/// What a controller is in its current term.
package enum Role: String, Hashable, Sendable {
    /// It has stopped and takes no part.
    case unavailable
    case follower
    case candidate
    case leader
}
