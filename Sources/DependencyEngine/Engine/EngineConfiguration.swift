/// What an engine may be told. The defaults suit an agent under systemd.
public struct EngineConfiguration: Sendable, Hashable {
    /// Changes of optional inputs within this time are taken together.
    public var settleWindow: Duration
    /// A start function that takes longer is cancelled and counts as failed.
    public var startDeadline: Duration
    /// A shutdown takes no longer; cuts the workers' own deadlines.
    public var shutdownDeadline: Duration
    /// Seeds the jitter of restarts, so that a run can be repeated.
    public var seed: UInt64
    /// How many events to keep for `Engine.recording()`, each declaration of an install counting as one; 0 keeps none.
    ///
    /// An event takes some 200 bytes and 60 for each of its actions. When full, the recording stops and says so.
    public var recordsEvents: Int
    /// How many of a worker's last log lines below the engine logger's level are kept, to be written when the worker
    /// fails; 0 keeps none. Costs nothing for workers that log no such line.
    public var flightRecorderLines: Int

    /// Makes a configuration of defaults.
    public init(
        settleWindow: Duration = .milliseconds(50),
        startDeadline: Duration = .seconds(30),
        shutdownDeadline: Duration = .seconds(20),
        seed: UInt64 = .random(in: .min ... .max),
        recordsEvents: Int = 0,
        flightRecorderLines: Int = 64
    ) {
        self.settleWindow = settleWindow
        self.startDeadline = startDeadline
        self.shutdownDeadline = shutdownDeadline
        self.seed = seed
        self.recordsEvents = recordsEvents
        self.flightRecorderLines = flightRecorderLines
    }
}
