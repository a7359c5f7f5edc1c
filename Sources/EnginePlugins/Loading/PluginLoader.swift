public import DependencyEngine
public import Logging

/// Loads the plugins of a directory, each after it was looked at; one that is refused keeps no other from running.
///
/// Call it once, before the engine runs: loading a plugin runs its initialisers and its entry point here and now, and a
/// plugin is never unloaded.
public struct PluginLoader: Sendable {
    /// The program to load into.
    public let host: PluginHost
    private let logger: Logger

    /// A larger file is refused.
    public static let largestFile = 256 << 20

    /// Makes a loader.
    ///
    /// - Parameters:
    ///   - host: What a plugin must fit, usually `PluginHost.current()`.
    ///   - logger: Gets a line for each plugin, an error for each that is refused; and is what plugins' loggers are
    ///     made of.
    public init(host: PluginHost, logger: Logger) {
        self.host = host
        self.logger = logger
    }

    /// Loads every plugin of `directory`.
    ///
    /// - Parameters:
    ///   - directory: Where to look.
    ///   - graph: The program's own manifolds, whose names are taken.
    /// - Throws: When the directory as a whole cannot be used; nothing was loaded then.
    public func load(_ directory: PluginDirectory, beside graph: Graph) throws(PluginDirectoryError) -> PluginOutcome {
        let directory = try directory.resolved()
        var outcome = PluginOutcome()
        var taken: [String: String] = [:]
        for manifold in graph.manifolds { taken[manifold.name] = "this program (\(manifold.site))" }
        for name in try directory.list() {
            do throws(PluginRefusal) {
                let plugin = try self.load(name, in: directory, taken: taken)
                for manifold in plugin.graph.manifolds { taken[manifold.name] = "plugin \(name) (\(manifold.site))" }
                outcome.plugins.append(plugin)
                self.logger.info(
                    "plugin loaded",
                    metadata: ["plugin": "\(name)", "manifolds": "\(plugin.graph.names.joined(separator: " "))"]
                )
            } catch {
                outcome.refusals.append(error)
                self.logger.error("\(error)", metadata: ["plugin": "\(name)"])
            }
        }
        return outcome
    }

    private func load(
        _ name: String,
        in directory: PluginDirectory,
        taken: [String: String]
    ) throws(PluginRefusal) -> Plugin {
        let path = "\(directory.path)/\(name)"
        do throws(PluginFileError) {
            let file = try PluginFile(path: path, largest: Self.largestFile)
            if let reason = PluginInspection.refusal(of: file.bytes, for: self.host) { throw PluginFileError(reason) }
        } catch {
            throw PluginRefusal(plugin: name, reason: error.reason)
        }
        // What was looked at is what is loaded: between the two only we and root could have changed it.
        let object: SharedObject
        do throws(SharedObjectError) { object = try SharedObject(path: path) } catch {
            throw PluginRefusal(plugin: name, reason: .notLoaded(error.reason))
        }
        let graph = try self.ask(object, name: name, path: path)
        var own = taken
        for manifold in graph.manifolds {
            if let other = own[manifold.name] {
                throw PluginRefusal(plugin: name, reason: .nameTaken(manifold: manifold.name, by: other))
            }
            own[manifold.name] = "itself (\(manifold.site))"
        }
        return Plugin(name: name, path: path, graph: graph)
    }

    private func ask(_ object: SharedObject, name: String, path: String) throws(PluginRefusal) -> Graph {
        if let library = self.foreignEngine(in: object) {
            throw PluginRefusal(plugin: name, reason: .ownEngine(in: library))
        }
        guard let entry = object.symbol(PluginEntry.symbol) else {
            throw PluginRefusal(plugin: name, reason: .noEntry)
        }
        let context = PluginContext(name: name, path: path, logger: self.logger)
        let function = unsafeBitCast(
            entry,
            to: (@convention(c) (UnsafeRawPointer) -> UnsafeMutableRawPointer?).self
        )
        switch PluginEntry.call(function, context) {
        case .success(let graph)?: return Graph(graph.manifolds.map { $0.from(name) })
        case .failure(let error)?: throw PluginRefusal(plugin: name, reason: .entryFailed("\(error)"))
        case nil: throw PluginRefusal(plugin: name, reason: .entryFailed("its entry point returned nothing"))
        }
    }

    /// The library that came with `object` and defines an engine of its own, which looking at the file did not show.
    private func foreignEngine(in object: SharedObject) -> String? {
        guard let descriptor = object.symbol(EngineSymbols.engineDescriptor),
            let holder = SharedObject.holding(descriptor), let ours = PluginHost.engineObject(),
            holder.base != ours.base
        else { return nil }
        return holder.name
    }
}

extension Engine {
    /// Installs the manifolds of plugins, each plugin's all or none; returns those that did not fit with the others.
    public func install(_ plugins: [Plugin]) -> [PluginRefusal] {
        var refusals: [PluginRefusal] = []
        for plugin in plugins {
            do throws(InstallError) { try self.install(plugin.graph) } catch {
                refusals.append(PluginRefusal(plugin: plugin.name, reason: .notInstalled(error)))
            }
        }
        return refusals
    }
}
