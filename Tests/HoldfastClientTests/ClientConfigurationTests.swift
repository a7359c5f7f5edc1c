import FoundationEssentials
import Testing

@testable import HoldfastClient

@Suite("The client's configuration file")
struct ClientConfigurationTests {
    /// Writes `text` into a file of its own with `permissions` and reads it as configuration.
    private func load(_ text: String, permissions: Int16 = 0o600) throws -> ClientConfiguration {
        let path = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID().uuidString).json").path
        _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
        return try ClientConfiguration.load(path: path)
    }

    private func text(_ changes: (inout ClientConfiguration) -> Void = { _ in }) throws -> String {
        var configuration = ClientConfiguration.test(["127.0.0.1:17070", "[::1]:17071"])
        changes(&configuration)
        return String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
    }

    private func message(_ body: () throws -> ClientConfiguration) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            guard let error = error as? LeaseClientError, error.code == .configuration else { return "\(error)" }
            return error.message
        }
    }

    @Test("a good file is read whole, with members nobody knows left alone")
    func good() throws {
        let text = try self.text().replacing("{\"", with: "{\"extra\":1,\"", maxReplacements: 1)
        let configuration = try self.load(text)
        #expect(configuration == .test(["127.0.0.1:17070", "[::1]:17071"]))
    }

    @Test(
        "a file that others may read or write is refused with the command that mends it",
        arguments: [0o640, 0o604, 0o666]
    )
    func permissions(mode: Int) throws {
        let text = try self.text()
        #expect(self.message { try self.load(text, permissions: Int16(mode)) }?.contains("chmod 600") == true)
    }

    @Test("what is missing or wrong is named")
    func wrong() throws {
        #expect(self.message { try self.load("not json") }?.contains("is not JSON") == true)
        #expect(self.message { try self.load("{}") }?.contains("is missing") == true)
        #expect(
            self.message { try self.load(#"{"controllers": 1}"#) }?.contains("\"controllers\" has the wrong type")
                == true
        )
        let cases: [((inout ClientConfiguration) -> Void, String)] = [
            ({ $0.controllers = [] }, "\"controllers\" is empty"),
            ({ $0.controllers = ["host"] }, "\"host\" in \"controllers\" is not host:port"),
            ({ $0.caCertificate = "x" }, "\"ca-certificate\""),
            ({ $0.account = "admin" }, "\"account\""),
            ({ $0.token = "" }, "\"token\" is empty"),
        ]
        for (change, expected) in cases {
            let text = try self.text(change)
            #expect(self.message { try self.load(text) }?.contains(expected) == true)
        }
        #expect(
            self.message { try ClientConfiguration.load(path: "/nowhere/at/all.json") }?.contains("cannot be opened")
                == true
        )
        #expect(self.message { try ClientConfiguration.load(path: "/tmp") }?.contains("is no file") == true)
    }

    @Test("the token is in no description")
    func secret() {
        #expect(!"\(ClientConfiguration.test(["a:1"], token: "hush"))".contains("hush"))
    }

    @Test(
        "an address is a host and a port",
        arguments: [
            ("localhost:17070", "localhost:17070"), ("[::1]:1", "[::1]:1"), ("::1:17070", nil), ("host", nil),
            (":1", nil), ("host:0", nil), ("host:65536", nil), ("host:x", nil), ("[]:1", nil),
        ] as [(String, String?)]
    )
    func addresses(text: String, expected: String?) {
        #expect(ControllerAddress(text)?.description == expected)
    }

    @Test("an operation id is 32 hexadecimal digits, and no two are the same")
    func operationIDs() {
        let ids = Set((0..<1_000).map { _ in OperationID().text })
        #expect(ids.count == 1_000)
        #expect(ids.allSatisfy { OperationID($0) != nil })
        #expect(OperationID("abc") == nil)
        #expect(OperationID(String(repeating: "g", count: 32)) == nil)
        #expect(OperationID(String(repeating: "A", count: 32))?.text == String(repeating: "a", count: 32))
    }

    @Test("a holder stops at 99 parts in a hundred of the grant, less a quarter of a second")
    func safeInstant() {
        let sent = ContinuousClock.now
        #expect(SafeInstant.after(sending: sent, granted: .seconds(10)) - sent == .milliseconds(9_650))
    }
}
