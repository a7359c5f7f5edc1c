package import NIOCore
package import RPC

/// The limits and times of peer connections.
package struct PeerOptions: Sendable {
    /// Of one frame, in bytes; a peer that sends a larger one is cut off.
    package var frameBytes = 16 << 20
    /// Of one snapshot, in bytes.
    package var snapshotBytes = 1 << 30
    /// Of one part of a snapshot, in bytes: what a heartbeat may have to wait for.
    package var snapshotPartBytes = 128 << 10
    /// Parts of a snapshot that may be on their way to the socket at once.
    package var snapshotPartsInFlight = 2
    /// Of messages waiting for one peer, in bytes; beyond it the oldest appendEntries are dropped.
    package var queueBytes = 16 << 20
    /// Of one attempt to connect, handshake and upgrade included.
    package var connectTimeout = Duration.seconds(2)
    /// How long the other end may take for hello or welcome.
    package var helloTimeout = TimeAmount.seconds(5)
    /// Before a peer is dialled again.
    package var pause = DialPause(first: .milliseconds(50), longest: .seconds(2))
    /// How long sent bytes may stay unacknowledged before the connection counts as dead.
    package var unacknowledgedTimeout = TimeAmount.seconds(5)

    package init() {}
}
