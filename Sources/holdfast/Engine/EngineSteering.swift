import ArgumentParser
import RPC

/// What the commands that do one thing to one worker share.
private func steer(_ method: String, _ worker: String, _ options: EngineOptions, done: String) async throws {
    try await reporting {
        let (answer, asked) = try await options.ask(method, ["name": .string(worker)])
        options.print(answer, asked: asked, text: "\(worker) \(done)")
        return ExitStatus.granted
    }
}

/// `holdfast engine bounce`.
struct EngineBounce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bounce",
        abstract: "Restart a worker in order, its dependents first."
    )

    @Argument(help: "The worker's name.") var worker: String
    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws { try await steer("Bounce", self.worker, self.options, done: "is being bounced") }
}

/// `holdfast engine park`.
struct EnginePark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "park",
        abstract: "Stop a worker and what needs it, until it is resumed."
    )

    @Argument(help: "The worker's name.") var worker: String
    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws { try await steer("Park", self.worker, self.options, done: "is parked") }
}

/// `holdfast engine resume`.
struct EngineResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a parked worker run again.")

    @Argument(help: "The worker's name.") var worker: String
    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws { try await steer("Resume", self.worker, self.options, done: "is resumed") }
}

/// `holdfast engine fail`: for tests and drills, and only where the configuration allows it.
struct EngineFail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fail",
        abstract: "Make a worker fail.",
        shouldDisplay: false
    )

    @Argument(help: "The worker's name.") var worker: String
    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws { try await steer("Fail", self.worker, self.options, done: "was made to fail") }
}
