import EnginePlugins
import Testing

@Suite struct PluginDirectoryTests {
    @Test("a plugin directory keeps its path")
    func path() {
        #expect(PluginDirectory(path: "/usr/lib/holdfast/plugins").path == "/usr/lib/holdfast/plugins")
    }
}
