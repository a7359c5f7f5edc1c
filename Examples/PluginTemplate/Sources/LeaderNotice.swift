import DependencyEngine

/// Says when this controller begins to lead and when it ends; put your own work between the two.
struct LeaderNotice: Worker {
    func run(_ context: WorkerContext) async throws {
        context.logger.info("this controller leads now")
        await context.stop.wait()
        context.logger.info("this controller leads no more")
    }
}
