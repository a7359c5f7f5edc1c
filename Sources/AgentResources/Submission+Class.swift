package import Leases

extension Submission {
    /// What it is worth when not all can be served.
    package var operationClass: OperationClass {
        guard case .apply(let operation) = self.request else { return .read }
        switch operation.command {
        case .revoke, .pin, .unpin: return .critical
        case .claim(let key, _, _): return key.isSingular ? .critical : .claim
        // Who asks what became of an operation is told like one who extends: it spares what would be sent again.
        case .extend(let key, _, _), .resolve(let key, _, _): return key.isSingular ? .critical : .extend
        }
    }

    /// What it takes in the queue and in a log entry.
    package var approximateBytes: Int {
        switch self.request {
        case .apply(let operation): operation.approximateBytes
        case .barrier: 64
        }
    }
}
