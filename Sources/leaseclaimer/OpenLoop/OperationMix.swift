/// The classes of operations a cluster tells apart, and in which an open loop offers them.
enum OperationClass: String, Sendable, Hashable, CaseIterable {
    /// Of a lease nobody holds.
    case claim
    /// Of a lease this load holds.
    case extend
    /// Of a lease in the namespace of the controllers' own.
    case critical
}

/// How an open loop's operations are divided among the classes.
struct OperationMix: Sendable, Hashable {
    private let weights: [Double]

    /// - Parameter weights: in the order of `OperationClass.allCases`; not all zero.
    init(claim: Double, extend: Double, critical: Double) { self.weights = [claim, extend, critical] }

    /// The part of one class, from 0 to 1.
    func share(of operation: OperationClass) -> Double {
        let index = OperationClass.allCases.firstIndex(of: operation) ?? 0
        return self.weights[index] / self.weights.reduce(0, +)
    }

    /// The class of the next operation.
    func draw(using random: inout SplitMix64) -> OperationClass {
        var place = Double.random(in: 0..<1, using: &random) * self.weights.reduce(0, +)
        for (operation, weight) in zip(OperationClass.allCases, self.weights) where weight > 0 {
            if place < weight { return operation }
            place -= weight
        }
        // Rounding may leave a little over.
        return OperationClass.allCases[self.weights.lastIndex { $0 > 0 } ?? 0]
    }

    /// Reads `claim=70,extend=29,critical=1`; what is not named is zero. `nil` for anything else.
    init?(_ text: String) {
        var weights: [OperationClass: Double] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let operation = OperationClass(rawValue: String(pair[0])),
                weights[operation] == nil, let weight = Double(pair[1]), weight >= 0, weight <= 1e6
            else { return nil }
            weights[operation] = weight
        }
        self.weights = OperationClass.allCases.map { weights[$0] ?? 0 }
        guard self.weights.contains(where: { $0 > 0 }) else { return nil }
    }

    var text: String {
        zip(OperationClass.allCases, self.weights).filter { $0.1 > 0 }
            .map { "\($0.0.rawValue)=\($0.1 == $0.1.rounded() ? "\(Int($0.1))" : "\($0.1)")" }.joined(separator: ",")
    }
}
