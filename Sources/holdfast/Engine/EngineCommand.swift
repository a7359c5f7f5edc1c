import ArgumentParser

/// `holdfast engine …`.
struct EngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "See and steer a controller's workers.",
        discussion: "Asks the leader unless --controller or --socket says otherwise.",
        subcommands: [
            EngineReport.self, EnginePlugins.self, EngineWhy.self, EngineImpact.self, EngineGraph.self,
            EngineTimeline.self, EngineBounce.self, EnginePark.self, EngineResume.self, EngineFail.self,
        ]
    )
}
