import DependencyEngine
import DependencyEngineTesting
import Testing

extension ResourceGroup where Value == String {
    static var words: Self { .init("words") }
}

@Suite(.timeLimit(.minutes(1))) struct GroupTests {
    private func word(_ name: String, _ journal: Journal) -> Manifold {
        Manifold(Resource<String>(name)) {
            Recording(name: name, journal: journal)
        } provides: {
            $0.name.uppercased()
        }
        .joining(.words)
    }

    private func reader(_ journal: Journal) -> Manifold {
        Manifold("reader", needs: .all(of: .words)) { words in
            journal.append("reads \(words.joined(separator: " "))")
            return Recording(name: "reader", journal: journal)
        }
    }

    @Test("who needs a group receives what its members offer, ordered by their names, as members come and go")
    func life() async throws {
        let journal = Journal()
        try await withEngine([self.reader(journal)]) { engine, clock in
            await journal.wait(for: "reads ")
            try await engine.install(["d", "b", "c", "a"].map { self.word($0, journal) })
            try await engine.ready(["a", "b", "c", "d"])
            clock.advance(by: .milliseconds(50))
            await journal.wait(for: "reads A B C D")
            try await engine.uninstall("b")
            await journal.wait(for: "end b")
            try await until(engine) { $0["b"] == nil }
            clock.advance(by: .milliseconds(50))
            await journal.wait(for: "reads A C D")
            try await engine.ready(["reader"])
            #expect(await engine.report()["reader"]?.generation == 3)
        }
    }

    @Test("a member whose output is not of the group's type is refused, with the line that joins it")
    func mismatch() async throws {
        let engine = Engine()
        let line: UInt = #line + 5
        let member = Manifold(Resource<Int>("number")) {
            IdleWorker()
        } provides: { _ in
            1
        }.joining(.words)
        let error = await #expect(throws: InstallError.self) { try await engine.install([member]) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("number (DependencyEngineTests/GroupTests.swift:"))
        #expect(text.contains("has Int for the group words, which is of String"))
        #expect(text.contains("GroupTests.swift:\(line)"))
    }

    @Test("several resources of one type are one required input, in the order written")
    func allOf() async throws {
        let journal = Journal()
        let chain = recordingChain(journal)
        let all = Manifold("all", needs: .all(of: .c, .a, .b), .all(of: [Resource<String>("a")])) { words, one in
            journal.append("all \(words.joined(separator: " ")), \(one)")
            return Recording(name: "all", journal: journal)
        }
        #expect(all.edges.map(\.name) == ["c", "a", "b", "a"])
        #expect(all.edges.allSatisfy { $0.kind == .required })
        try await withEngine([all] + chain) { engine, _ in
            await journal.wait(for: "all c a b, [\"a\"]")
            try await engine.park("a")
            try await until(engine) { $0["all"]?.state == .waiting }
        }
    }
}
