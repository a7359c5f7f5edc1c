import Prometheus

extension MetricRegistry {
    /// Where a controller's metrics come together; the engine reports what its workers go through to its factory.
    static func agent() -> MetricRegistry { MetricRegistry(prefix: "holdfast_", helps: Self.engineHelps) }

    /// What the engine's metrics tell, by their labels.
    private static let engineHelps = [
        "engine_starts": "Starts of a worker.",
        "engine_failures": "Failures charged to a worker.",
        "engine_bounces": "Starts anew of a worker that no failure caused.",
        "engine_abandoned": "Instances of a worker that did not end in time.",
        "engine_state": "1 for the state a worker is in, 0 for those it was in.",
        "engine_start_seconds": "From the call of a worker's start function until it returned.",
        "engine_ready_seconds": "From the call of a worker's start function until the worker was ready.",
        "engine_stop_seconds": "From the request to stop until the worker had ended.",
    ]
}
