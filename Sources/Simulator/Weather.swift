/// How bad things are for a while.
struct Weather {
    /// Messages lost, of a thousand.
    var loss = 0
    /// Messages delivered twice, of a thousand.
    var duplication = 0
    /// Longest delay of a message, in milliseconds; different delays reorder.
    var delay: UInt64 = 5
    /// Which controllers cannot be heard by which: `blocked[from][to]`.
    var blocked: [[Bool]]
    /// Crashes when term and vote are being written, of a thousand.
    var voteCrashes = 0
    /// By how much leaders stretch extensions, at least.
    var stretchPercent = 100

    /// How many of the leases everybody wants.
    var wantedLeases = Int.max

    init(controllers: Int) {
        self.blocked = Array(repeating: Array(repeating: false, count: controllers), count: controllers)
    }

    /// Cuts the controllers in two groups, in both directions.
    mutating func divide(_ group: [Bool]) {
        for from in group.indices { for to in group.indices { self.blocked[from][to] = group[from] != group[to] } }
    }
}
