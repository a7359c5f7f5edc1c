import DependencyEngine

/// The quotes, in memory.
actor QuoteBook {
    private let quotes: [String]

    init(file: String) throws {
        self.quotes = try readLines(file)
        if self.quotes.isEmpty { throw FileProblem("\(file): has no quote") }
    }

    func any() -> String { self.quotes.randomElement() ?? "" }
}

extension Input where Self == Resource<QuoteBook> {
    static var quotes: Self { .init("quotes") }
}

extension Manifold {
    static var quotes: Manifold {
        Manifold(.quotes, needs: .settings) { settings in
            QuoteWorker(book: try QuoteBook(file: settings.quotesFile))
        } provides: { worker in
            worker.book
        }
    }
}

struct QuoteWorker: Worker {
    let book: QuoteBook

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
    }
}
