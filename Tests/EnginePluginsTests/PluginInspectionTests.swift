import Testing

@testable import EnginePlugins

@Suite struct PluginInspectionTests {
    private static func inspect(_ maker: ElfMaker) -> PluginRefusal.Reason? {
        PluginInspection.refusal(of: ElfBytes(maker.bytes()), for: ElfMaker.host)
    }

    @Test("a plugin built for this program may be loaded, whichever look-up table its linker wrote")
    func good() {
        var maker = ElfMaker.plugin()
        #expect(Self.inspect(maker) == nil)
        maker.usesGNUHash = false
        #expect(Self.inspect(maker) == nil)
    }

    @Test("a file that is no shared object of this machine is refused")
    func otherMachine() {
        var maker = ElfMaker.plugin()
        maker.machine = 40
        #expect(
            Self.inspect(maker) == .notAPlugin("it is for machine 40, and this one is \(ElfImage.machine)")
        )
        maker = .plugin()
        maker.type = 2
        #expect(Self.inspect(maker) == .notAPlugin("it is not a shared object"))
        let script = Array("#!/bin/sh\necho this is long enough to have held the header of a shared object\n".utf8)
        #expect(
            PluginInspection.refusal(of: ElfBytes(script), for: ElfMaker.host)
                == .notAPlugin("it does not begin as a shared object does")
        )
    }

    @Test("a plugin that does not say what it was built for is refused")
    func noStamp() {
        var maker = ElfMaker.plugin()
        maker.symbols.removeAll { $0.name == PluginStamp.symbol }
        #expect(Self.inspect(maker) == .noStamp)
        maker = .plugin()
        maker.symbols[1].value = Array("something else\0".utf8)
        #expect(Self.inspect(maker) == .noStamp)
        maker.symbols[1].value = Array(ElfMaker.host.stamp.text.utf8)
        #expect(Self.inspect(maker) == .noStamp)
    }

    @Test("a plugin built for another engine, compiler or build is refused, and both are named")
    func misfits() {
        var stamp = ElfMaker.host.stamp
        stamp.build = "0123"
        #expect(Self.inspect(.plugin(stamp: stamp)) == .otherBuild(built: "0123", here: "abcd"))
        stamp.toolchain = "6.2"
        #expect(Self.inspect(.plugin(stamp: stamp)) == .otherToolchain(built: "6.2", here: "6.3.1"))
        stamp.engine = "0.9.0"
        let reason = Self.inspect(.plugin(stamp: stamp))
        #expect(reason == .otherEngine(built: "0.9.0", here: "1.2.3"))
        let sentence = reason.map { PluginRefusal(plugin: "a.so", reason: $0).description } ?? ""
        #expect(sentence.contains("a.so") && sentence.contains("0.9.0") && sentence.contains("1.2.3"))
        #expect(sentence.contains("SDK"))
    }

    @Test("a plugin that defines the engine's own types is refused; one with mere copies of its helpers is not")
    func ownEngine() {
        var maker = ElfMaker.plugin()
        maker.symbols.append(ElfMaker.Symbol(name: "$s16DependencyEngine8ManifoldVWOh", value: [0xC3]))
        #expect(Self.inspect(maker) == nil)
        maker.symbols.append(ElfMaker.Symbol(name: EngineSymbols.engineDescriptor, value: [0]))
        #expect(Self.inspect(maker) == .ownEngine(in: nil))
        maker = .plugin()
        maker.symbols.append(ElfMaker.Symbol(name: EngineSymbols.contractDescriptor, value: [0]))
        #expect(Self.inspect(maker) == .ownEngine(in: nil))
    }

    @Test("a plugin that brings the engine in a library, or has hidden it, is refused")
    func hiddenEngine() {
        var maker = ElfMaker.plugin()
        maker.libraries = ["libc.so.6", "libDependencyEngine.so"]
        #expect(Self.inspect(maker) == .ownEngine(in: "libDependencyEngine.so"))
        maker = .plugin()
        maker.symbols.removeFirst()
        #expect(Self.inspect(maker) == .ownEngine(in: nil))
    }

    @Test("a plugin without an entry point is refused")
    func noEntry() {
        var maker = ElfMaker.plugin()
        maker.symbols.removeLast()
        #expect(Self.inspect(maker) == .noEntry)
    }

    @Test("a build id is read as the linker wrote it")
    func buildID() throws {
        #expect(try ElfImage(ElfBytes(ElfMaker.plugin().bytes())).buildID() == "01020304")
        #expect(try ElfImage(ElfBytes(ElfMaker().bytes())).buildID() == nil)
    }
}
