import DependencyEngine
import Foundation
import Logging
import Testing

@testable import EnginePlugins

@Suite struct PluginLoaderTests {
    private static func load(_ folder: PluginFolder, beside graph: Graph = Graph()) throws -> PluginOutcome {
        try PluginLoader(host: ElfMaker.host, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            .load(folder.directory, beside: graph)
    }

    @Test("a directory that is not there, is a file, or may be written by others is refused with what to do")
    func directories() throws {
        let folder = try PluginFolder()
        #expect(throws: PluginDirectoryError.missing(path: "\(folder.path)/none")) {
            try PluginDirectory(path: "\(folder.path)/none").plugins()
        }
        try folder.write("file", [])
        #expect(throws: PluginDirectoryError.notADirectory(path: "\(folder.path)/file")) {
            try PluginDirectory(path: "\(folder.path)/file").plugins()
        }
        for mode in [0o777, 0o775] {
            chmod(folder.path, mode_t(mode))
            let error = #expect(throws: PluginDirectoryError.self) { try folder.directory.plugins() }
            #expect(error?.description.contains("chmod go-w \(folder.path)") == true)
        }
    }

    @Test(
        "a directory above which others may write is refused, but one in a directory for everybody's own files is not"
    )
    func directoriesAbove() throws {
        let folder = try PluginFolder()
        let inner = "\(folder.path)/inner/plugins"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link", withDestinationPath: inner)
        for path in [inner, "\(folder.path)/link", "\(inner)/../plugins"] {
            chmod(folder.path, 0o755)
            #expect(try PluginDirectory(path: path).plugins().isEmpty)
            // The sticky bit: only its owner may put another in the place of what lies there.
            chmod(folder.path, 0o1777)
            #expect(try PluginDirectory(path: path).plugins().isEmpty)
            chmod(folder.path, 0o777)
            #expect(
                throws: PluginDirectoryError.writableByOthers(path: folder.path, "may be written by everybody")
            ) {
                try PluginDirectory(path: path).plugins()
            }
        }
    }

    @Test("only files that end in .so are plugins, in the order of their names, and not too many")
    func names() throws {
        let folder = try PluginFolder()
        for name in ["b.so", "a.so", ".hidden.so", "read.me", "so"] { try folder.write(name, []) }
        #expect(try folder.directory.plugins() == ["a.so", "b.so"])
        for index in 0..<PluginDirectory.largestCount { try folder.write("\(index).so", []) }
        #expect(throws: PluginDirectoryError.tooMany(path: folder.path, limit: PluginDirectory.largestCount)) {
            try folder.directory.plugins()
        }
    }

    @Test(
        "a link, a directory, a file others may write, a huge file: each is refused, and keeps no other from its turn"
    )
    func files() throws {
        let folder = try PluginFolder()
        try folder.write("a.so", [1, 2, 3])
        try folder.write("b.so", ElfMaker.plugin().bytes(), mode: 0o666)
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/c.so", withDestinationPath: "a.so")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/d.so", withIntermediateDirectories: false)
        try folder.write("e.so", [])
        truncate("\(folder.path)/e.so", PluginLoader.largestFile + 1)
        mkfifo("\(folder.path)/f.so", 0o600)
        let refusals = try Self.load(folder).refusals
        #expect(refusals.map(\.plugin) == ["a.so", "b.so", "c.so", "d.so", "e.so", "f.so"])
        #expect(
            refusals.map(\.reason) == [
                .notAPlugin("it is too short to be a shared object"), .writableByOthers("may be written by everybody"),
                .notAFile, .notAFile,
                .tooLarge(bytes: PluginLoader.largestFile + 1, limit: PluginLoader.largestFile), .notAFile,
            ]
        )
    }

    @Test("what the system's loader refuses is refused with its words")
    func notLoaded() throws {
        let folder = try PluginFolder()
        // Looks right from outside, and is empty inside.
        try folder.write("a.so", ElfMaker.plugin().bytes())
        try folder.compile("b.so", Self.source(entry: "return missing(request);"))
        let outcome = try Self.load(folder)
        #expect(outcome.plugins.isEmpty && outcome.refusals.count == 2)
        guard case .notLoaded(let why)? = outcome.refusals.last?.reason else {
            Issue.record("\(outcome.refusals)")
            return
        }
        #expect(why.contains("missing"))
    }

    @Test("a real shared object is inspected like a made one")
    func inspected() throws {
        let folder = try PluginFolder()
        var stamp = ElfMaker.host.stamp
        stamp.build = "0123"
        try folder.compile("a.so", Self.source(stamp: stamp, entry: "return 0;"))
        try folder.compile("b.so", "int nothing(void) { return 0; }")
        try folder.compile("c.so", Self.source(entry: "return 0;"), ["-Wl,--hash-style=sysv"])
        let engine = "const char engine[] __asm__(\"\(EngineSymbols.engineDescriptor)\") = \"engine\";"
        try folder.compile("d.so", Self.source(entry: "return 0;") + engine)
        let refusals = try Self.load(folder).refusals
        #expect(
            refusals.map(\.reason) == [
                .otherBuild(built: "0123", here: "abcd"), .noStamp, .ownEngine(in: nil), .ownEngine(in: nil),
            ]
        )
    }

    /// A C file that looks like a plugin; with an entry that calls `missing` it also asks for something of ours.
    private static func source(stamp: PluginStamp = ElfMaker.host.stamp, entry: String) -> String {
        """
        extern void *missing(const void *) __asm__("$s13EnginePlugins7missing");
        const char holdfast_plugin_stamp[] = "\(stamp.text)";
        void *holdfast_plugin_entry(const void *request) { \(entry) }

        """
    }
}
