import DependencyEngine

// What the articles' examples are about.

/// A database that is opened and closed.
actor Database {
    private(set) var isOpen = true

    func ping() throws {
        if !self.isOpen { throw Unreachable() }
    }

    func close() { self.isOpen = false }
}

struct Unreachable: Error, CustomStringConvertible {
    var description: String { "unreachable" }
}

extension Input where Self == Resource<Database> {
    static var database: Self { .init("database") }
}
