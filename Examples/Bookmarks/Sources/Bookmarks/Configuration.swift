import DependencyEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the operator may set, a part for each who reads one.
struct Configuration: Codable, Sendable, Equatable {
    struct HTTP: Codable, Sendable, Equatable {
        var host = "127.0.0.1"
        var port = 8080
    }

    struct Database: Codable, Sendable, Equatable {
        var path = "bookmarks.sqlite"
    }

    struct Tidier: Codable, Sendable, Equatable {
        var seconds = 60.0
    }

    var http = HTTP()
    var database = Database()
    var tidier = Tidier()

    init() {}

    init(readFrom path: String) throws {
        self = try JSONDecoder().decode(Configuration.self, from: Data(contentsOf: URL(filePath: path)))
    }
}

// Each resource is declared once: its name, and the type everybody gets.

extension Input where Self == Resource<Watched<Configuration>> {
    static var configuration: Self { .init("configuration") }
}

extension Input where Self == Resource<Configuration.HTTP> {
    static var httpSettings: Self { .init("configuration-http") }
}

extension Input where Self == Resource<Configuration.Database> {
    static var databaseSettings: Self { .init("configuration-database") }
}

extension Input where Self == Resource<Configuration.Tidier> {
    static var tidierSettings: Self { .init("configuration-tidier") }
}
