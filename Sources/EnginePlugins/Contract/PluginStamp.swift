/// What a plugin was built for, or what this program is: loading goes on only when both are the same.
///
/// The engine's modules are not resilient: layouts and inlined code of one build are compiled into a plugin. So the only
/// honest answer to "does it fit" is whether it was compiled against the modules of exactly this build.
public struct PluginStamp: Sendable, Hashable {
    /// The engine's version.
    public var engine: String
    /// The Swift compiler's version.
    public var toolchain: String
    /// The build id of the program whose modules the plugin was compiled against, in hexadecimal.
    public var build: String

    /// Makes a stamp; a field is printable ASCII without spaces.
    public init(engine: String, toolchain: String, build: String) {
        self.engine = engine
        self.toolchain = toolchain
        self.build = build
    }

    /// The stamp as the one line that a plugin carries.
    public var text: String {
        "\(Self.mark) engine=\(self.engine) swift=\(self.toolchain) build=\(self.build)"
    }

    /// Reads the line that `text` wrote; nil when it is not one.
    public init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, words[0] == Self.mark,
            let engine = Self.value("engine", in: words[1]),
            let toolchain = Self.value("swift", in: words[2]),
            let build = Self.value("build", in: words[3])
        else { return nil }
        self.init(engine: engine, toolchain: toolchain, build: build)
    }

    /// The first word; its number changes with the contract between a program and its plugins.
    static let mark = "holdfast-plugin/1"
    /// The C symbol of a plugin that holds the line, ended by a zero.
    static let symbol = "holdfast_plugin_stamp"
    /// No line is longer.
    static let maximumLength = 512

    private static func value(_ key: String, in word: Substring) -> String? {
        guard word.hasPrefix("\(key)=") else { return nil }
        let value = word.dropFirst(key.utf8.count + 1)
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(value)
    }
}
