import DependencyEngine
import Foundation

/// High or low water, and the minute of the day at which it comes.
struct Tide: Sendable {
    var minute: Int
    var kind: String
}

/// The tides of a day.
struct Almanac: Sendable {
    var tides: [Tide] = []

    init(file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw BadAlmanac("\(file): cannot be read")
        }
        for (index, line) in String(decoding: data, as: UTF8.self).split(separator: "\n").enumerated() {
            let words = line.split(separator: " ").map(String.init)
            let time = words.first?.split(separator: ":").map { Int($0) } ?? []
            guard words.count == 2, time.count == 2, let hour = time[0], let minute = time[1] else {
                throw BadAlmanac("\(file), line \(index + 1): expected a time and a tide, got \"\(line)\"")
            }
            self.tides.append(Tide(minute: hour * 60 + minute, kind: words[1]))
        }
    }
}

/// Says in words what is wrong with the file: `why` prints it.
struct BadAlmanac: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension Input where Self == Resource<Almanac> {
    static var almanac: Self { .init("almanac") }
}

/// Has nothing to do but to be there.
struct AlmanacWorker: Worker {
    let almanac: Almanac
    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Manifold {
    static func almanac(file: String) -> Manifold {
        Manifold(.almanac) {
            AlmanacWorker(almanac: try Almanac(file: file))
        } provides: {
            $0.almanac
        }
    }
}
