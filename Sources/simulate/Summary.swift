import Glibc
import Simulator

/// Counts what the runs did and prints it.
struct Summary {
    private let expected: Int
    private var finished = 0
    private(set) var failures = 0
    private var totals = SimulationTotals()
    private var bySize: [Int: Int] = [:]
    private var announced = 0

    init(expected: Int) { self.expected = expected }

    /// Takes a finished run; a failed one is printed with the line that repeats it.
    mutating func add(_ report: SimulationReport, repeating line: String, elapsed: Duration) {
        self.finished += 1
        self.totals += report.totals
        if self.expected == 1 { print("fingerprint \(String(report.fingerprint, radix: 16))") }
        self.bySize[report.controllers, default: 0] += 1
        if let violation = report.violation {
            self.failures += 1
            print("seed \(report.seed), \(report.controllers) controllers, at \(report.endedAt) ms: \(violation)")
            print("    repeat: \(line)")
        }
        // A later crash must not take what is already known with it.
        defer { fflush(nil) }
        let tenth = self.finished * 10 / self.expected
        if self.expected >= 20, tenth > self.announced {
            self.announced = tenth
            print("\(self.finished) of \(self.expected) seeds, \(elapsed.components.seconds) s")
        }
    }

    /// Prints the totals.
    func finish(elapsed: Duration) {
        let sizes = self.bySize.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
        print("clusters: \(sizes.joined(separator: ", ")) controllers")
        print(self.totals.figures.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
        let seconds = elapsed.components.seconds
        print(
            self.failures == 0
                ? "\(self.finished) seeds in \(seconds) s, no promise broken"
                : "\(self.failures) of \(self.finished) seeds FAILED, in \(seconds) s"
        )
    }
}
