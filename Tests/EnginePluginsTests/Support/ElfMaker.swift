import Foundation
import Testing

@testable import EnginePlugins

/// Small shared objects for tests, hand-made byte by byte: they are inspected like any other and hold no code.
struct ElfMaker {
    struct Symbol {
        var name: String
        var isDefined = true
        /// Put into the data that the symbol stands for.
        var value: [UInt8] = []
    }

    var machine = ElfImage.machine
    var type: UInt16 = 3
    var symbols: [Symbol] = []
    var libraries: [String] = []
    var buildID: [UInt8] = []
    /// Otherwise the table of the System V interface.
    var usesGNUHash = true

    /// One segment that maps the whole file at its own offsets, which keeps every address equal to its place.
    func bytes() -> [UInt8] {
        var strings: [UInt8] = [0]
        func string(_ text: String) -> UInt32 {
            defer { strings += Array(text.utf8) + [0] }
            return UInt32(strings.count)
        }
        let undefined = self.symbols.filter { !$0.isDefined }
        let defined = self.symbols.filter(\.isDefined)
        let named = (undefined + defined).map { (symbol: $0, name: string($0.name)) }
        let needed = self.libraries.map { string($0) }
        let headerEnd = 64 + 3 * 56
        let note: [UInt8] =
            self.buildID.isEmpty
            ? []
            : Self.word(4) + Self.word(UInt32(self.buildID.count)) + Self.word(3) + Array("GNU\0".utf8) + self.buildID
        var at = headerEnd + note.count
        let stringsAt = at
        at += (strings.count + 7) / 8 * 8
        let tableAt = at
        at += 24 * (named.count + 1)
        let hash = self.hash(undefined: undefined.count, defined: defined.count)
        let hashAt = at
        at += (hash.count + 7) / 8 * 8
        var data: [UInt8] = []
        let dataAt = at
        var table = [UInt8](repeating: 0, count: 24)
        for (symbol, name) in named {
            table += Self.word(name) + [0x11, 0] + Self.half(symbol.isDefined ? 1 : 0)
            table += Self.long(UInt64(symbol.isDefined ? dataAt + data.count : 0))
            table += Self.long(UInt64(symbol.value.count))
            data += symbol.value
        }
        at += (data.count + 7) / 8 * 8
        var dynamic: [UInt8] = []
        for offset in needed { dynamic += Self.long(1) + Self.long(UInt64(offset)) }
        dynamic += Self.long(self.usesGNUHash ? 0x6FFF_FEF5 : 4) + Self.long(UInt64(hashAt))
        dynamic += Self.long(5) + Self.long(UInt64(stringsAt))
        dynamic += Self.long(6) + Self.long(UInt64(tableAt))
        dynamic += Self.long(10) + Self.long(UInt64(strings.count))
        dynamic += Self.long(11) + Self.long(24) + Self.long(0) + Self.long(0)
        let dynamicAt = at
        let total = UInt64(at + dynamic.count)
        var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        file += Self.half(self.type) + Self.half(self.machine) + Self.word(1) + Self.long(0) + Self.long(64)
        file +=
            Self.long(0) + Self.word(0) + Self.half(64) + Self.half(56) + Self.half(3) + [UInt8](repeating: 0, count: 6)
        file += Self.segment(1, at: 0, size: total)
        file += Self.segment(2, at: UInt64(dynamicAt), size: UInt64(dynamic.count))
        file += Self.segment(4, at: UInt64(headerEnd), size: UInt64(note.count))
        file += note
        for (part, place) in [(strings, stringsAt), (table, tableAt), (hash, hashAt), (data, dataAt)] {
            file += [UInt8](repeating: 0, count: place - file.count) + part
        }
        return file + [UInt8](repeating: 0, count: dynamicAt - file.count) + dynamic
    }

    private func hash(undefined: Int, defined: Int) -> [UInt8] {
        let count = UInt32(undefined + defined + 1)
        guard self.usesGNUHash else {
            return Self.word(1) + Self.word(count) + [UInt8](repeating: 0, count: 4 + 4 * Int(count))
        }
        let first = UInt32(undefined + 1)
        var hash = Self.word(1) + Self.word(first) + Self.word(1) + Self.word(0) + Self.long(0)
        hash += Self.word(defined == 0 ? 0 : first)
        for index in 0..<defined { hash += Self.word(index == defined - 1 ? 1 : 0) }
        return hash
    }

    private static func segment(_ type: UInt32, at offset: UInt64, size: UInt64) -> [UInt8] {
        self.word(type) + self.word(4) + self.long(offset) + self.long(offset) + self.long(offset) + self.long(size)
            + self.long(size) + self.long(8)
    }

    private static func half(_ number: UInt16) -> [UInt8] {
        (0..<2).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    private static func word(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    private static func long(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}

extension ElfMaker {
    static let host = PluginHost(stamp: PluginStamp(engine: "1.2.3", toolchain: "6.3.1", build: "abcd"))

    /// A plugin that everything is right with, as far as can be seen without loading it.
    static func plugin(stamp: PluginStamp = Self.host.stamp) -> ElfMaker {
        ElfMaker(
            symbols: [
                Symbol(name: "$s13EnginePlugins11PluginEntryO6answer", isDefined: false),
                Symbol(name: "holdfast_plugin_stamp", value: Array(stamp.text.utf8) + [0]),
                Symbol(name: "holdfast_plugin_entry", value: [0xC3]),
            ],
            buildID: [1, 2, 3, 4]
        )
    }
}

/// A directory of a test's own, gone with it.
final class PluginFolder {
    let path: String
    var directory: PluginDirectory { PluginDirectory(path: self.path) }

    init() throws {
        self.path = NSTemporaryDirectory() + "plugins-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: self.path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755]
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o644) throws {
        let path = "\(self.path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// Compiles C into a shared object with the compiler of the toolchain that runs this test.
    func compile(_ name: String, _ source: String, _ arguments: [String] = []) throws {
        let file = "\(self.path)/\(name).c"
        try source.write(toFile: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["clang", "-shared", "-fPIC", "-o", "\(self.path)/\(name)", file] + arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(String(decoding: text, as: UTF8.self))")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(self.path)/\(name)")
    }
}
