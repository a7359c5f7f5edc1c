import AgentResources
import Leases

extension Submission {
    /// The namespace of the controllers' own leases.
    private static let singularNamespace = "singular-controller"

    /// What it is worth when not all can be served.
    var operationClass: OperationClass {
        guard case .apply(let operation) = self.request else { return .read }
        switch operation.command {
        case .revoke, .pin, .unpin: return .critical
        case .claim(let key, _, _): return key.namespace == Self.singularNamespace ? .critical : .claim
        case .extend(let key, _, _): return key.namespace == Self.singularNamespace ? .critical : .extend
        }
    }

    /// What it takes in the queue and in a log entry.
    var approximateBytes: Int {
        switch self.request {
        case .apply(let operation): operation.approximateBytes
        case .barrier: 64
        }
    }
}
