@testable import Leases

/// Batches as a hostile crowd would send them: few keys, few holders, retries, duplicates, late and invalid ones.
struct RandomBatches {
    var random: Seeded
    let keys: [LeaseKey]
    private var clock: UInt64 = 0
    private var lastID: UInt64 = 0
    private var sent: [LeaseOperation] = []
    /// Whether some operations are sent again, and some of those with a later `notAfter`.
    var duplicates = true
    var prolongs = true
    /// Whether some batches stretch extensions, and some extensions stand for others.
    var stretches = false
    var covers = false
    /// Of the ids that follow one another.
    private var highID: UInt64 = 0

    init(seed: UInt64, keys: Int) {
        self.random = Seeded(seed)
        let namespaces = ["n0", "n1", "n0", "n1", LeaseNamespace.singularController]
        self.keys = (0..<keys).map { number in
            // Some too long to lie beside what holds on to them.
            key(
                number % 4 == 0 ? "lease-of-a-rather-long-name-\(number)" : "lease-\(number)",
                model: "m\(number % 3)",
                namespace: namespaces[number % 5]
            )
        }
    }

    mutating func next() -> LeaseBatch {
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<30: break
        case 30..<85: self.clock += UInt64.random(in: 1...400, using: &self.random)
        case 85..<97: self.clock += UInt64.random(in: 400...4_000, using: &self.random)
        case 97..<98: self.clock += UInt64.random(in: 4_000...200_000, using: &self.random)
        default: break
        }
        let back = self.random.chance(5) ? UInt64.random(in: 0...5_000, using: &self.random) : 0
        let most = self.random.chance(5) ? 100 : 6
        self.highID = self.random.next()
        let operations = (0..<Int.random(in: 0...most, using: &self.random)).map { _ in self.operation() }
        var batch = LeaseBatch(clock: at(self.clock - min(back, self.clock)), operations: operations)
        if self.stretches, self.random.chance(30) {
            batch.stretchPercent = Int.random(in: 100...300, using: &self.random)
        }
        return batch
    }

    private mutating func operation() -> LeaseOperation {
        if self.duplicates, !self.sent.isEmpty, self.random.chance(25) {
            let recent = max(0, self.sent.count - 40)
            let place = Int.random(in: recent..<self.sent.count, using: &self.random)
            if self.prolongs, self.random.chance(10) {
                self.sent[place].notAfter = at(self.clock + UInt64.random(in: 0...20_000, using: &self.random))
            }
            var again = self.sent[place]
            if self.prolongs, self.random.chance(2) {
                again.command = self.command()
                // Only extensions stand for others.
                if again.command.kind != .extend { again.covers = [] }
            }
            return again
        }
        self.lastID += 1
        var notAfter = self.clock + UInt64.random(in: 0...8_000, using: &self.random)
        if self.random.chance(5) { notAfter -= min(notAfter, 5_000) }
        if self.prolongs, self.random.chance(1) { notAfter += 200_000 }
        var operation = LeaseOperation(
            id: OperationID(high: self.random.chance(70) ? self.highID : self.random.next(), low: self.lastID),
            notAfter: at(notAfter),
            command: self.command()
        )
        if self.covers, case .extend = operation.command, self.random.chance(10) {
            operation.covers = (0..<Int.random(in: 1...8, using: &self.random)).map {
                OperationID(high: self.random.next(), low: UInt64($0))
            }
        }
        self.sent.append(operation)
        return operation
    }

    private mutating func command() -> LeaseCommand {
        let key = self.random.pick(self.keys)
        let holder = self.random.pick(["x", "y", "a-holder-of-a-rather-long-name/0"])
        let milliseconds =
            self.random.chance(3) ? 1_999 : UInt64.random(in: 2_000...9_000, using: &self.random)
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<40: return .claim(key, holder: holder, milliseconds: milliseconds)
        case 40..<70: return .extend(key, holder: holder, milliseconds: milliseconds)
        case 70..<80: return .revoke(key, holder: holder, force: self.random.chance(10))
        case 80..<84: return .revoke(key, holder: nil, force: self.random.chance(30))
        case 84..<90: return .pin(key, entity: self.random.pick(["p", "q"]))
        default: return .unpin(key, entity: self.random.chance(20) ? nil : self.random.pick(["p", "q"]))
        }
    }
}
