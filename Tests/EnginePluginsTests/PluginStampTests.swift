import DependencyEngine
import Testing

@testable import EnginePlugins

@Suite struct PluginStampTests {
    @Test("a stamp reads back as it was written")
    func roundTrip() {
        let stamp = PluginStamp(engine: "0.3.0", toolchain: "6.3.1", build: "c2f3")
        #expect(stamp.text == "holdfast-plugin/1 engine=0.3.0 swift=6.3.1 build=c2f3")
        #expect(PluginStamp(text: stamp.text) == stamp)
    }

    @Test(
        "another line is no stamp",
        arguments: [
            "", "holdfast-plugin/1", "holdfast-plugin/2 engine=1 swift=2 build=3",
            "holdfast-plugin/1 engine=1 swift=2", "holdfast-plugin/1 engine=1 swift=2 build=",
            "holdfast-plugin/1 swift=2 engine=1 build=3", "holdfast-plugin/1 engine=1 swift=2 build=3 more",
            "holdfast-plugin/1  engine=1 swift=2 build=3", "holdfast-plugin/1 engine=1 swift=2 build=\u{7F}",
        ]
    )
    func refused(text: String) {
        #expect(PluginStamp(text: text) == nil)
    }

    @Test("the symbols by which an engine is known are those of its types")
    func mangledNames() {
        #expect(EngineSymbols.engineDescriptor == "$s\(_mangledTypeName(Engine.self) ?? "")Mn")
        #expect(EngineSymbols.contractDescriptor == "$s\(_mangledTypeName(PluginEntry.self) ?? "")Mn")
        #expect(EngineSymbols.contractDescriptor.hasPrefix(EngineSymbols.contractPrefix))
    }
}
