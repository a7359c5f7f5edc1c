import Glibc
import Synchronization

/// Ctrl-C ends a run early and still shows what was counted; a second one ends the program.
enum Interruption {
    static var isRequested: Bool { wasInterrupted.load(ordering: .relaxed) }

    static func listen() {
        // Made here and not on first use: a signal handler may only touch what is there.
        wasInterrupted.store(false, ordering: .relaxed)
        let handler: @convention(c) (Int32) -> Void = { number in
            wasInterrupted.store(true, ordering: .relaxed)
            signal(number, SIG_DFL)
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
    }
}

private let wasInterrupted = Atomic<Bool>(false)
