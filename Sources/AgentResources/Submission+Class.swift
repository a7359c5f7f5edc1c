package import Leases

extension Submission {
    /// What it is worth when not all can be served.
    package var operationClass: OperationClass {
        switch self.request {
        case .apply(let operation): operation.operationClass
        case .barrier: .read
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
