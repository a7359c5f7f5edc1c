import AgentResources
import Consensus
import NIOCore
import NIOPosix

/// Writes to the log store, in order, on a thread of their own. Bound to Raft's event loop.
///
/// What is queued while the disk is busy goes into one transaction.
final class DiskQueue {
    /// What came of a job.
    enum Completion {
        case saved
        case written(WriteTicket)
        case failed(String)
    }

    private enum Job: Sendable {
        case save(Term, ServerID?)
        case write([LogWrite], upTo: WriteTicket)

        /// Adds a write to a job of writes, in place: behind a disk that hangs there can be thousands.
        mutating func join(_ write: LogWrite, _ ticket: WriteTicket) -> Bool {
            guard case .write(var writes, _) = self else { return false }
            self = .write([], upTo: ticket)
            writes.append(write)
            self = .write(writes, upTo: ticket)
            return true
        }
    }

    private let store: any LogStore
    private let pool: NIOThreadPool
    private let eventLoop: any EventLoop
    private var queued: CircularBuffer<Job> = []
    private var isBusy = false
    private var hasFailed = false
    private var idle: [EventLoopPromise<Void>] = []
    /// Told of each job's end and of how long the disk took, on the loop.
    var completed: ((Completion, Duration) -> Void)?

    init(store: any LogStore, pool: NIOThreadPool, eventLoop: any EventLoop) {
        self.store = store
        self.pool = pool
        self.eventLoop = eventLoop
    }

    func save(_ term: Term, _ vote: ServerID?) { self.enqueue(.save(term, vote)) }

    func write(_ write: LogWrite, _ ticket: WriteTicket) {
        guard !self.queued.isEmpty else { return self.enqueue(.write([write], upTo: ticket)) }
        let isJoined = self.queued.modify(self.queued.index(before: self.queued.endIndex)) { $0.join(write, ticket) }
        if !isJoined { self.enqueue(.write([write], upTo: ticket)) }
    }

    /// Done when everything queued is on disk, or failed, and the store is closed.
    func close() -> EventLoopFuture<Void> {
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.idle.append(promise)
        self.finishIfIdle()
        let (pool, store, loop) = (self.pool, self.store, self.eventLoop)
        return promise.futureResult.flatMap { pool.runIfActive(eventLoop: loop) { try store.close() } }
    }

    private func enqueue(_ job: Job) {
        guard !self.hasFailed else { return }
        self.queued.append(job)
        self.startNext()
    }

    private func startNext() {
        guard !self.isBusy, let job = self.queued.popFirst() else { return self.finishIfIdle() }
        self.isBusy = true
        let store = self.store
        self.pool.runIfActive(eventLoop: self.eventLoop) {
            let begun = Uptime.sinceBoot()
            switch job {
            case .save(let term, let vote): try store.saveTermAndVote(term, vote)
            case .write(let writes, _): try store.write(writes)
            }
            return .sinceBoot() - begun
        }.assumeIsolated().whenComplete { result in
            self.isBusy = false
            self.ended(job, result)
        }
    }

    private func ended(_ job: Job, _ result: Result<Duration, any Error>) {
        switch (result, job) {
        case (.success(let time), .save): self.completed?(.saved, time)
        case (.success(let time), .write(_, let ticket)): self.completed?(.written(ticket), time)
        case (.failure(let error), _):
            // Nothing is known of the disk any more: what is queued would build on sand.
            self.hasFailed = true
            self.queued.removeAll()
            self.completed?(.failed("\(error)"), .zero)
        }
        self.startNext()
    }

    private func finishIfIdle() {
        guard !self.isBusy, self.queued.isEmpty else { return }
        let idle = self.idle
        self.idle.removeAll()
        for promise in idle { promise.succeed() }
    }
}
