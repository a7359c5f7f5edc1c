public import DependencyEngine

/// Why one plugin does not run. The others and the program do.
public struct PluginRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Reason: Sendable, Hashable {
        /// It cannot be opened or read; the text says why.
        case unreadable(String)
        /// It is a link, a directory or a device.
        case notAFile
        /// Others could change its code; the text says who.
        case writableByOthers(String)
        /// It has more bytes than `PluginLoader.largestFile`.
        case tooLarge(bytes: Int, limit: Int)
        /// It is no shared object of this machine, or a damaged one; the text says how it is seen.
        case notAPlugin(String)
        /// It does not say what it was built for.
        case noStamp
        /// It was built for another version of the engine.
        case otherEngine(built: String, here: String)
        /// It was built by another compiler.
        case otherToolchain(built: String, here: String)
        /// It was built against the modules of another build of this program.
        case otherBuild(built: String, here: String)
        /// It brings the engine along, in itself or in the library named, and would register with nobody.
        case ownEngine(in: String?)
        /// It has no entry point.
        case noEntry
        /// The system's loader refused it; the text is the loader's.
        case notLoaded(String)
        /// Its entry point threw.
        case entryFailed(String)
        /// A manifold's name is taken; the text says by whom.
        case nameTaken(manifold: String, by: String)
        /// Its manifolds do not fit with those there are.
        case notInstalled(InstallError)
    }

    /// The plugin's file name.
    public var plugin: String
    /// What is wrong with it.
    public var reason: Reason

    /// Names a plugin and what is wrong with it.
    public init(plugin: String, reason: Reason) {
        self.plugin = plugin
        self.reason = reason
    }

    /// One sentence for a person, with what to do.
    public var description: String {
        let again = "build it again with this program's plugin SDK"
        return switch self.reason {
        case .unreadable(let why): "plugin \(self.plugin) cannot be read (\(why)): check its permissions"
        case .notAFile: "plugin \(self.plugin) is not a regular file: put the shared object itself there"
        case .writableByOthers(let who):
            "plugin \(self.plugin) \(who), who could run code here: give it to root and run chmod go-w on it"
        case .tooLarge(let bytes, let limit):
            "plugin \(self.plugin) has \(bytes) bytes and may have \(limit): strip it"
        case .notAPlugin(let how): "plugin \(self.plugin) cannot be used on this machine: \(how); \(again)"
        case .noStamp: "plugin \(self.plugin) does not say what it was built for: \(again)"
        case .otherEngine(let built, let here):
            "plugin \(self.plugin) was built for engine \(built) and this is engine \(here): \(again)"
        case .otherToolchain(let built, let here):
            "plugin \(self.plugin) was built by Swift \(built) and this program by Swift \(here): \(again)"
        case .otherBuild(let built, let here):
            "plugin \(self.plugin) was built for build \(built) of this program and this is build \(here): \(again)"
        case .ownEngine(nil):
            "plugin \(self.plugin) carries an engine of its own: compile it against this program's modules only, "
                + "and \(again)"
        case .ownEngine(let library?):
            "plugin \(self.plugin) carries an engine of its own in \(library): compile it against this program's "
                + "modules only, and \(again)"
        case .noEntry:
            "plugin \(self.plugin) has no entry point \(PluginEntry.symbol): compile the SDK's Entry.swift into it"
        case .notLoaded(let why): "plugin \(self.plugin) cannot be loaded (\(why)): \(again)"
        case .entryFailed(let why): "plugin \(self.plugin) gave no manifolds: \(why)"
        case .nameTaken(let manifold, let other):
            "plugin \(self.plugin) has a manifold \(manifold), which \(other) has already: give one another name"
        case .notInstalled(let error): "plugin \(self.plugin) does not fit: \(error)"
        }
    }
}
