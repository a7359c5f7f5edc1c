/// Everything that decided what an engine did, from its first event on, so that a test can go through it again.
///
/// Made by `Engine.recording()` when `EngineConfiguration.recordsEvents` is not 0. Holds names, declarations, times and
/// the texts of errors; no values. Encodes to stable keys. Decoding takes no more than what the limits below allow, so
/// that a recording of unknown origin may be read, and refuses more with a `DecodingError`.
public struct EngineRecording: Codable, Sendable, Hashable {
    /// The version this library writes, and the only one it replays.
    public static let currentFormat = 1
    /// The longest recording that is decoded, in events, a declaration counting as one.
    public static let maximumEvents = 1_000_000
    /// How many actions or inputs a decoded recording may have in all.
    public static let maximumActions = 10_000_000
    /// The longest text of a decoded recording, in bytes.
    public static let maximumText = 16_384

    /// The version of the format.
    public var format: Int
    /// Whether it holds all that has happened: false when it was full before the engine ended or was asked.
    public var isComplete: Bool
    var configuration: Configuration
    var events: [RecordedEvent]

    /// How many events it holds.
    public var eventCount: Int { self.events.count }

    enum CodingKeys: String, CodingKey {
        case format, configuration, events
        case isComplete = "complete"
    }

    /// What of a configuration the rules look at.
    struct Configuration: Codable, Sendable, Hashable {
        var settleWindow: RecordedTime
        var startDeadline: RecordedTime
        var shutdownDeadline: RecordedTime
        /// A text, since many readers of JSON round large numbers.
        var seed: String

        enum CodingKeys: String, CodingKey {
            case seed
            case settleWindow = "settle-window"
            case startDeadline = "start-deadline"
            case shutdownDeadline = "shutdown-deadline"
        }
    }

    init(_ recorder: Recorder, configuration: EngineConfiguration) {
        self.format = Self.currentFormat
        self.isComplete = !recorder.isFull
        self.configuration = Configuration(
            settleWindow: RecordedTime(configuration.settleWindow),
            startDeadline: RecordedTime(configuration.startDeadline),
            shutdownDeadline: RecordedTime(configuration.shutdownDeadline),
            seed: "\(configuration.seed)"
        )
        self.events = recorder.events
    }

    /// Decodes a recording; of one of another format only the version, which is enough for `replay` to say so.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.format = try container.decode(Int.self, forKey: .format)
        guard self.format == Self.currentFormat else {
            self.isComplete = false
            self.configuration = Configuration(
                settleWindow: RecordedTime(.zero),
                startDeadline: RecordedTime(.zero),
                shutdownDeadline: RecordedTime(.zero),
                seed: "0"
            )
            self.events = []
            return
        }
        self.isComplete = try container.decode(Bool.self, forKey: .isComplete)
        self.configuration = try container.decode(Configuration.self, forKey: .configuration)
        var size = RecordingSize()
        var list = try container.nestedUnkeyedContainer(forKey: .events)
        self.events = []
        while !list.isAtEnd {
            let event = try list.decode(RecordedEvent.self)
            size.add(event)
            if let problem = size.problem {
                throw DecodingError.dataCorruptedError(in: list, debugDescription: problem)
            }
            self.events.append(event)
        }
    }
}

/// What has been decoded so far, against the limits.
struct RecordingSize {
    var weight = 0
    var actions = 0
    var longestText = 0

    mutating func add(_ event: RecordedEvent) {
        self.weight += event.weight
        self.actions += event.actions.count + (event.removed?.count ?? 0)
        self.add(event.actions)
        self.add(event.removed ?? [])
        self.add([event.manifold ?? "", event.failure?.message ?? "", event.text ?? ""])
        for declaration in event.installed ?? [] {
            let groups = (declaration.joins ?? []) + (declaration.collects ?? [])
            self.actions += declaration.edges.count + groups.count
            self.add([declaration.name, declaration.site, declaration.type])
            self.add(
                declaration.edges.flatMap { [$0.name, $0.type] } + groups.flatMap { [$0.name, $0.type, $0.site] }
            )
        }
    }

    private mutating func add(_ texts: [String]) {
        for text in texts { self.longestText = max(self.longestText, text.utf8.count) }
    }

    var problem: String? {
        if self.weight > EngineRecording.maximumEvents { return "more than \(EngineRecording.maximumEvents) events" }
        if self.actions > EngineRecording.maximumActions {
            return "more than \(EngineRecording.maximumActions) actions"
        }
        if self.longestText > EngineRecording.maximumText {
            return "a text of more than \(EngineRecording.maximumText) bytes"
        }
        return nil
    }
}
