import ServiceLifecycle

/// A `Service` as a worker, in a group of its own so that it alone is shut down.
struct HostedService<Hosted: Service>: Worker {
    let service: Hosted

    func run(_ context: WorkerContext) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: self.service,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup
                    )
                ],
                logger: context.logger
            )
        )
        // `wait` also returns when this scope ends and cancels it; a finished group ignores the trigger.
        async let _: Void = {
            await context.stop.wait()
            await group.triggerGracefulShutdown()
        }()
        try await group.run()
    }
}
