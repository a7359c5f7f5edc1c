public import DependencyEngine

/// Returns once the engine's report is as wanted; throws `EngineError.ended` when the engine or the test's time ends
/// before.
///
/// Asks again after each change of a manifold, and never by time: what changes without one, such as how long something
/// has been ready, is not noticed.
public func until(_ engine: Engine, _ isWanted: (EngineReport) -> Bool) async throws {
    var events = engine.observe().makeAsyncIterator()
    while await !isWanted(engine.report()) {
        guard await events.next() != nil else { throw EngineError.ended }
    }
}

/// Questions a test asks of an engine; each that is not answered as expected throws `ProbeError`, which shows the whole
/// tree of causes.
public struct EngineProbe: Sendable {
    /// The engine asked.
    public let engine: Engine

    /// Makes a probe of `engine`.
    public init(_ engine: Engine) {
        self.engine = engine
    }

    /// Returns once the manifold called `name` is in `state`; throws as `until` does.
    public func until(_ name: String, is state: ManifoldState) async throws {
        try await DependencyEngineTesting.until(self.engine) { $0[name]?.state == state }
    }

    /// The names at the root of why `name` is down, in order; `[name]` itself when it waits for nobody else.
    public func rootCauses(of name: String) async throws -> [String] {
        try await self.engine.why(name).rootCauses.map(\.name)
    }

    /// Throws unless `cause` is a root cause of `name` being down, and gives a reason, or has a last error, that contains
    /// `text`.
    public func require(_ name: String, isDownBecauseOf cause: String, saying text: String = "") async throws {
        let explanation = try await self.engine.why(name)
        let isFound = explanation.rootCauses.contains { root in
            root.name == cause && root.state != .ready
                && (text.isEmpty || "\(root.reason) \(root.lastError ?? "")".contains(text))
        }
        guard isFound else { throw ProbeError(expected: cause, text: text, found: explanation) }
    }
}

/// Something is down for another reason than a test expected.
public struct ProbeError: Error, Sendable, CustomStringConvertible {
    /// The root cause that was expected.
    public let expected: String
    /// What it was expected to say.
    public let text: String
    /// What the engine said.
    public let found: Explanation

    /// What was expected, and the tree that was found.
    public var description: String {
        let saying = self.text.isEmpty ? "" : " saying \"\(self.text)\""
        return "expected \(self.found.name) to be down because of \(self.expected)\(saying), but:\n\(self.found.text)"
    }
}

extension Explanation {
    /// The leaves of the tree, from the first input to the last: what must be mended. This one itself when it has none
    /// below.
    public var rootCauses: [Explanation] {
        self.because.isEmpty ? [self] : self.because.flatMap(\.rootCauses)
    }
}
