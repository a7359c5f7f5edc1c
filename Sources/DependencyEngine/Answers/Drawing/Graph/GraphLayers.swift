/// Which column each box stands in: providers left of what requires them, the longest path deciding.
struct GraphLayers {
    /// By box.
    private(set) var layer: [Int]
    private var users: [[Int]]
    private var providers: [[Int]]

    /// Deferred edges order nothing; in a graph of at most this many boxes they help to place them where they can.
    private static let mostForDeferred = 200

    init(_ picture: GraphPicture) {
        let count = picture.boxes.count
        self.layer = Array(repeating: 0, count: count)
        self.users = Array(repeating: [], count: count)
        self.providers = Array(repeating: [], count: count)
        for edge in picture.edges where edge.style != .dashed && edge.provider != edge.user { self.add(edge) }
        if count <= Self.mostForDeferred { self.addDeferred(of: picture) }
        let order = self.ordered()
        for box in order {
            self.layer[box] = self.providers[box].reduce(0) { max($0, self.layer[$1] + 1) }
        }
        // Whoever has more users than providers moves up to them: their lines become shorter.
        for box in order.reversed() where self.users[box].count > self.providers[box].count {
            if let nearest = self.users[box].map({ self.layer[$0] }).min(), nearest - 1 > self.layer[box] {
                self.layer[box] = nearest - 1
            }
        }
    }

    private mutating func add(_ edge: GraphPicture.Edge) {
        self.users[edge.provider].append(edge.user)
        self.providers[edge.user].append(edge.provider)
    }

    /// Takes in each deferred edge that closes no cycle; first those of boxes that nothing else would place.
    private mutating func addDeferred(of picture: GraphPicture) {
        let isLoose = self.providers.map(\.isEmpty)
        let deferred = picture.edges.filter { $0.style == .dashed && $0.provider != $0.user }
        for edge in deferred.filter({ isLoose[$0.user] }) + deferred.filter({ !isLoose[$0.user] })
        where !self.leads(from: edge.user, to: edge.provider) {
            self.add(edge)
        }
    }

    private func leads(from start: Int, to goal: Int) -> Bool {
        var seen: Set<Int> = [start]
        var work = [start]
        while let next = work.popLast() {
            if next == goal { return true }
            for user in self.users[next] where seen.insert(user).inserted { work.append(user) }
        }
        return false
    }

    /// Providers before users. The engine refuses cycles; should there be one, its smallest box breaks it.
    private func ordered() -> [Int] {
        var open = self.providers.map(\.count)
        var order: [Int] = []
        order.reserveCapacity(open.count)
        var isPlaced = Array(repeating: false, count: open.count)
        var next = 0
        var smallest = 0
        for box in open.indices where open[box] == 0 {
            order.append(box)
            isPlaced[box] = true
        }
        while order.count < open.count {
            if next == order.count {
                while isPlaced[smallest] { smallest += 1 }
                order.append(smallest)
                isPlaced[smallest] = true
            }
            while next < order.count {
                for user in self.users[order[next]] {
                    open[user] -= 1
                    guard open[user] == 0, !isPlaced[user] else { continue }
                    order.append(user)
                    isPlaced[user] = true
                }
                next += 1
            }
        }
        return order
    }
}
