import NIOCore

/// Callers that wait for an entry to be applied here, earliest entry first. Bound to Raft's event loop.
struct AppliedWaiters {
    /// One caller, answered once.
    final class Waiter {
        let id: UInt64
        let index: UInt64
        var timer: Scheduled<Void>?
        private var answer: ((Result<Void, RaftError>) -> Void)?

        init(id: UInt64, index: UInt64, answer: @escaping (Result<Void, RaftError>) -> Void) {
            self.id = id
            self.index = index
            self.answer = answer
        }

        func resolve(_ result: Result<Void, RaftError>) {
            self.timer?.cancel()
            self.timer = nil
            self.answer?(result)
            self.answer = nil
        }
    }

    private var waiting: CircularBuffer<Waiter> = []

    var count: Int { self.waiting.count }

    mutating func insert(_ waiter: Waiter) {
        // Nearly always at the end: indexes are handed out growing.
        var position = self.waiting.endIndex
        while position > self.waiting.startIndex,
            self.waiting[self.waiting.index(before: position)].index > waiter.index
        {
            position = self.waiting.index(before: position)
        }
        self.waiting.insert(waiter, at: position)
    }

    /// Answers everybody who waited for an entry up to `index`.
    mutating func applied(_ index: UInt64) {
        while let first = self.waiting.first, first.index <= index {
            self.waiting.removeFirst()
            first.resolve(.success(()))
        }
    }

    /// Answers one caller before its entry came, and forgets it.
    mutating func fail(_ id: UInt64, _ error: RaftError) {
        guard let position = self.waiting.firstIndex(where: { $0.id == id }) else { return }
        self.waiting.remove(at: position).resolve(.failure(error))
    }

    mutating func failAll() {
        let waiting = self.waiting
        self.waiting.removeAll()
        for waiter in waiting { waiter.resolve(.failure(.stopping)) }
    }
}
