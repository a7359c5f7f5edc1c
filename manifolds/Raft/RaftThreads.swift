import NIOCore
import NIOPosix

/// Raft's own threads: an event loop, one for the disk, one for encoding snapshots.
struct RaftThreads: Sendable {
    let disk = NIOThreadPool(numberOfThreads: 1)
    let snapshots = NIOThreadPool(numberOfThreads: 1)
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init() {
        self.disk.start()
        self.snapshots.start()
        self.snapshots.standBack()
    }

    var eventLoop: any EventLoop { self.group.any() }

    /// Ends the threads, once what was posted to them has run.
    func shutDown() async {
        try? await self.eventLoop.submit {}.get()
        try? await self.snapshots.shutdownGracefully()
        try? await self.disk.shutdownGracefully()
        try? await self.group.shutdownGracefully()
    }
}
