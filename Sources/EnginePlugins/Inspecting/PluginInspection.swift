/// What can be said of a plugin without running any of it.
enum PluginInspection {
    /// Why a plugin of these bytes may not be loaded into `host`; nil when it may.
    static func refusal(of bytes: ElfBytes, for host: PluginHost) -> PluginRefusal.Reason? {
        do throws(ElfError) {
            let image = try ElfImage(bytes)
            guard image.isSharedObject else { return .notAPlugin("it is not a shared object") }
            let symbols = try ElfSymbols(of: image)
            let names = try Self.names(in: symbols)
            // First, since such a plugin may well have no stamp, and its author must know the real cause.
            if let reason = Self.ownEngine(names, symbols.libraries) { return reason }
            guard let stamp = try Self.stamp(names.stamp, in: image) else { return .noStamp }
            if let reason = Self.misfit(stamp, host.stamp) { return reason }
            if !names.hasEntry { return .noEntry }
            // Whoever uses this program's engine asks for it by name; one that does not must have hidden its own.
            return names.usesContract ? nil : .ownEngine(in: nil)
        } catch {
            return .notAPlugin(error.reason)
        }
    }

    private struct Names {
        var definesEngine = false
        var usesContract = false
        var hasEntry = false
        var stamp: (address: UInt64, size: UInt64)?
    }

    private static func names(in symbols: ElfSymbols) throws(ElfError) -> Names {
        let engine = Array(EngineSymbols.engineDescriptor.utf8)
        let contract = Array(EngineSymbols.contractDescriptor.utf8)
        let contractPrefix = Array(EngineSymbols.contractPrefix.utf8)
        let entry = Array(PluginEntry.symbol.utf8)
        let stamp = Array(PluginStamp.symbol.utf8)
        var names = Names()
        try symbols.forEach { symbol in
            if !symbol.isDefined {
                if symbol.name.starts(with: contractPrefix) { names.usesContract = true }
            } else if symbol.name == engine[...] || symbol.name == contract[...] {
                names.definesEngine = true
            } else if symbol.name == entry[...] {
                names.hasEntry = true
            } else if symbol.name == stamp[...] {
                names.stamp = (symbol.address, symbol.size)
            }
            return true
        }
        return names
    }

    private static func ownEngine(_ names: Names, _ libraries: [String]) -> PluginRefusal.Reason? {
        if names.definesEngine { return .ownEngine(in: nil) }
        let carriers = ["libDependencyEngine.so", "libEnginePlugins.so"]
        return libraries.first { carriers.contains($0) }.map { .ownEngine(in: $0) }
    }

    /// The stamp at `place`: text up to a zero, within what the symbol says is its size.
    private static func stamp(
        _ place: (address: UInt64, size: UInt64)?,
        in image: ElfImage
    ) throws(ElfError) -> PluginStamp? {
        guard let place, place.size > 0, place.size <= UInt64(PluginStamp.maximumLength) else { return nil }
        let bytes = try image.read(at: place.address, place.size)
        guard let end = bytes.firstIndex(of: 0) else { return nil }
        return PluginStamp(text: String(decoding: bytes[..<end], as: UTF8.self))
    }

    private static func misfit(_ built: PluginStamp, _ here: PluginStamp) -> PluginRefusal.Reason? {
        if built.engine != here.engine { return .otherEngine(built: built.engine, here: here.engine) }
        if built.toolchain != here.toolchain { return .otherToolchain(built: built.toolchain, here: here.toolchain) }
        if built.build != here.build { return .otherBuild(built: built.build, here: here.build) }
        return nil
    }
}
