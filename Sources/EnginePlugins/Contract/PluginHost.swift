import DependencyEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A program that plugins are loaded into.
public struct PluginHost: Sendable, Hashable {
    /// What a plugin must have been built for.
    public var stamp: PluginStamp

    /// Describes a program; `current()` describes this one.
    public init(stamp: PluginStamp) {
        self.stamp = stamp
    }

    /// This program; throws when it was not linked so that plugins can share its engine.
    public static func current() throws(PluginHostError) -> PluginHost {
        guard let engine = Self.engineObject() else { throw .engineNotExported }
        guard let runtime = Self.object(with: "swift_retain"), runtime.base != engine.base else {
            throw .runtimeNotShared
        }
        guard let build = Self.buildID(ofObjectAt: engine.base) else { throw .noBuildID }
        return PluginHost(stamp: PluginStamp(engine: Engine.version, toolchain: SwiftToolchain.version, build: build))
    }

    /// The loaded object with the engine that plugins share.
    static func engineObject() -> (base: UnsafeRawPointer, name: String)? {
        self.object(with: EngineSymbols.engineDescriptor)
    }

    /// The loaded object that everybody sees `symbol` in.
    private static func object(with symbol: String) -> (base: UnsafeRawPointer, name: String)? {
        guard let address = dlsym(nil, symbol) else { return nil }
        return SharedObject.holding(address)
    }

    /// The loader keeps an object's header and notes in memory, whatever has become of its file.
    private static func buildID(ofObjectAt base: UnsafeRawPointer) -> String? {
        func image(_ count: Int) -> ElfImage? {
            try? ElfImage(
                ElfBytes(count: count) { range in
                    Array(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
                }
            )
        }
        // The first page is there; it says how much more of the file's beginning is.
        guard let first = image(4096)?.segments.first(where: { $0.type == ElfImage.load && $0.offset == 0 }),
            let whole = image(Int(clamping: first.fileSize))
        else { return nil }
        return (try? whole.buildID()) ?? nil
    }
}

/// Why no plugin can be loaded into this program.
public enum PluginHostError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The engine's symbols cannot be seen by a plugin.
    case engineNotExported
    /// Swift's runtime is linked into the program, so a plugin would bring another.
    case runtimeNotShared
    /// The linker gave the program no build id.
    case noBuildID

    /// One sentence for a person, with what to do.
    public var description: String {
        switch self {
        case .engineNotExported:
            "this program does not show its engine to plugins: link it with -Xlinker --export-dynamic"
        case .runtimeNotShared:
            "this program has Swift's runtime linked into it: build it without --static-swift-stdlib to use plugins"
        case .noBuildID:
            "this program has no build id to know its plugins by: link it with -Xlinker --build-id"
        }
    }
}

/// Symbols that tell whose engine an object uses.
enum EngineSymbols {
    /// The nominal type descriptor of `Engine`: only an object with the engine's code in it defines this one, whereas
    /// outlined copies, witness tables and specialisations that name engine types are found in every client.
    static let engineDescriptor = "$s16DependencyEngine0B0CMn"
    /// What every symbol of this module begins with.
    static let contractPrefix = "$s13EnginePlugins"
    /// The same descriptor of this module.
    static let contractDescriptor = "$s13EnginePlugins11PluginEntryOMn"
}
