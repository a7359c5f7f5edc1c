import FoundationEssentials
import Logging
import Testing

@testable import Systemd

@Suite struct LogLineTests {
    private let line = LogLine(
        time: Date(timeIntervalSince1970: 1.5),
        level: .warning,
        message: "raft\nstopped",
        label: "holdfastd",
        file: "A/B.swift",
        line: 7,
        function: "run()",
        metadata: [("attempt", "3"), ("lease-key", "a/b")]
    )

    @Test("metadata becomes journal fields in capitals")
    func fields() {
        let fields = self.line.journalFields(identifier: "holdfastd")
        #expect(fields.contains("PRIORITY=4"))
        #expect(fields.contains("ATTEMPT=3"))
        #expect(fields.contains("LEASE_KEY=a/b"))
        #expect(fields.contains("MESSAGE=raft\nstopped"))
    }

    @Test("a line for people stays one line and says when")
    func text() {
        let expected = "1970-01-01T00:00:01.500Z warning holdfastd: raft\\nstopped attempt=3 lease-key=a/b\n"
        #expect(self.line.text == expected)
    }

    @Test(
        "a key that the journal would refuse or give meaning to is made safe or left out",
        arguments: [("_private", "PRIVATE"), ("9lives", "LIVES"), ("größe", "GR____E"), ("message", nil), ("123", nil)]
    )
    func names(key: String, expected: String?) {
        #expect(journalFieldName(key) == expected)
    }

    @Test("a field's name is at most 64 characters")
    func longName() {
        #expect(journalFieldName(String(repeating: "a", count: 10_000))?.count == 64)
    }

    @Test("standard error is not taken for the journal unless it is its stream")
    func detection() {
        #expect(LogSink.detect(environment: [:]) == .standardError)
        #expect(LogSink.detect(environment: ["JOURNAL_STREAM": "0:0"]) == .standardError)
    }
}
