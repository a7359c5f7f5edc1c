import Consensus
import NIOCore
import PeerTransport

/// Reaches nobody.
struct NoDialer: PeerDialer {
    struct Nobody: Error {}

    func dial(
        _ server: Server,
        on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        loop.makeFailedFuture(Nobody())
    }
}
