import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

extension NIOThreadPool {
    /// Lets the pool's thread stand back behind the others when there are too few cores for all: nobody waits for a
    /// snapshot, but whoever asks for a lease waits for Raft's loop. For a pool of one thread, after its start.
    func standBack() {
        self.submit { state in
            guard case .active = state else { return }
            #if canImport(Glibc)
                // On Linux this is the calling thread alone. Refused, it just competes.
                _ = setpriority(numericCast(PRIO_PROCESS.rawValue), 0, 5)
            #endif
        }
    }
}
