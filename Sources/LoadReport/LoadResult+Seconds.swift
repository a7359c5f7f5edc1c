extension LoadResult {
    /// One second of a run. Operations count in the second in which they were answered, offers in which they were due.
    package struct Second: Codable, Sendable, Hashable {
        /// When it ended, since the start.
        package var at = 0.0
        /// Classes in which nothing happened are left out.
        package var classes: [String: ClassCounts] = [:]
        package var held = 0
        /// Within this second.
        package var lost = 0
        /// Within this second.
        package var failedExtends = 0
        package var waiting = 0
        package var connections = 0
        /// Sent and not answered.
        package var outstanding = 0
        package var processes: [ProcessSample] = []

        package init() {}

        package enum CodingKeys: String, CodingKey {
            case classes, held, lost, waiting, connections, outstanding, processes
            case at = "at-s"
            case failedExtends = "failed-extends"
        }
    }

    /// A process in one second.
    package struct ProcessSample: Codable, Sendable, Hashable {
        package var pid: Int
        package var residentBytes: Int
        /// Of one core.
        package var cpuPercent: Double

        /// A sample from its parts.
        package init(pid: Int, residentBytes: Int, cpuPercent: Double) {
            self.pid = pid
            self.residentBytes = residentBytes
            self.cpuPercent = cpuPercent
        }

        package enum CodingKeys: String, CodingKey {
            case pid
            case residentBytes = "rss-bytes"
            case cpuPercent = "cpu-percent"
        }
    }

    /// A process over the whole run.
    package struct ProcessTotals: Codable, Sendable, Hashable {
        package var pid: Int
        package var name: String
        /// The load itself.
        package var isSelf: Bool
        package var residentMaximumBytes = 0
        package var cpuSeconds = 0.0

        /// A process of which nothing is known yet.
        package init(pid: Int, name: String, isSelf: Bool) {
            self.pid = pid
            self.name = name
            self.isSelf = isSelf
        }

        package enum CodingKeys: String, CodingKey {
            case pid, name
            case isSelf = "self"
            case residentMaximumBytes = "rss-max-bytes"
            case cpuSeconds = "cpu-s"
        }
    }

    /// What the load cost the process that made it.
    package struct Cost: Codable, Sendable, Hashable {
        /// That were answered.
        package var operations = 0
        package var cpuSeconds = 0.0
        /// Of the process before it connected.
        package var residentBeforeBytes = 0
        package var residentMaximumBytes = 0

        package init() {}

        /// Microseconds of a core for each operation; `nil` when there was none.
        package var microsecondsPerOperation: Double? {
            self.operations > 0 ? self.cpuSeconds * 1_000_000 / Double(self.operations) : nil
        }

        package enum CodingKeys: String, CodingKey {
            case operations
            case cpuSeconds = "cpu-s"
            case residentBeforeBytes = "rss-before-bytes"
            case residentMaximumBytes = "rss-max-bytes"
        }
    }
}
