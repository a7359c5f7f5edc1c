/// Why manifolds were not installed; the running ones are untouched.
public enum InstallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One step of a cycle: a manifold and where it was declared.
    public struct Step: Sendable, Hashable {
        /// The manifold's name.
        public var name: String
        /// `Module/File.swift:line`.
        public var site: String
    }

    /// The name is taken; both declarations are named.
    case duplicate(name: String, site: String, existing: String)
    /// The manifolds need each other; the path starts and ends at its smallest name.
    case cycle([Step])
    /// A manifold needs a value of another type than the one provided under that name.
    case typeMismatch(name: String, provided: String, needed: String, by: String)
    /// Two uses of one group, or a member's output and its group, are of different types.
    case groupMismatch(group: String, provided: String, at: String, by: String, needed: String, neededAt: String)
    /// The name is empty, too long, or contains a control character.
    case badName(String, site: String)
    /// No manifold of the name to remove is installed.
    case notInstalled(String)
    /// A restart policy or a deadline of the manifold makes no sense; `problem` says which and why.
    case badPolicy(name: String, site: String, problem: String)
    /// The engine is shutting down or has ended.
    case ended

    /// One sentence for a person, with what to do.
    public var description: String {
        switch self {
        case .duplicate(let name, let site, let existing) where site == existing:
            "manifold \(name) declared at \(site) is there twice; install it once, or give each its own name"
        case .duplicate(let name, let site, let existing):
            "manifold \(name) declared at \(site) is already installed from \(existing); give one of them another name"
        case .cycle(let steps):
            "manifolds need each other in a cycle: "
                + steps.map { "\($0.name) (\($0.site))" }.joined(separator: " → ")
                + "; make one of these inputs deferred"
        case .typeMismatch(let name, let provided, let needed, let dependent):
            "\(dependent) needs \(name) as \(needed), but it is provided as \(provided); use one resource key for both"
        case .groupMismatch(let group, let provided, let site, let manifold, let needed, let neededSite):
            "\(manifold) (\(site)) has \(provided) for the group \(group), which is of \(needed) (\(neededSite)); "
                + "use one group key for both, of the type its members provide"
        case .badName(let name, let site):
            "manifold name \"\(name)\" at \(site) is not valid; use 1 to 200 printable characters"
        case .notInstalled(let name):
            "no manifold is called \"\(name)\", so it cannot be removed; see the report for the names"
        case .badPolicy(let name, let site, let problem):
            "manifold \(name) declared at \(site): \(problem)"
        case .ended:
            "the engine is shutting down; install into a new engine"
        }
    }
}

/// Why an engine ended with an error, or refused a request.
public enum EngineError: Error, Sendable, CustomStringConvertible {
    /// A worker threw `Verdict.fatal`.
    case fatal(manifold: String, any Error)
    /// A manifold failed too often and its policy ends the engine; exit with `code`.
    case budgetSpent(manifold: String, code: Int32, lastError: String)
    /// No manifold has that name.
    case unknownManifold(String)
    /// `run` was called a second time.
    case alreadyRun
    /// A setting of the engine makes no sense; the text says which.
    case badConfiguration(String)
    /// The engine has ended.
    case ended

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .fatal(let manifold, let error): "manifold \(manifold) ended the engine: \(error)"
        case .budgetSpent(let manifold, _, let error): "manifold \(manifold) failed too often, last with: \(error)"
        case .unknownManifold(let name): "no manifold is called \"\(name)\"; see the report for the names"
        case .alreadyRun: "an engine runs only once; make a new one"
        case .badConfiguration(let problem): "the engine cannot run: \(problem)"
        case .ended: "the engine has ended"
        }
    }
}
