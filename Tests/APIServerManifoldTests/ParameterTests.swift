import Leases
import RPC
import Testing

@testable import APIServerManifold

@Suite struct ParameterTests {
    private func message(_ body: () throws(RPCFailure) -> Void) -> String? {
        do throws(RPCFailure) {
            try body()
            return nil
        } catch {
            #expect(error.code == "not valid")
            return error.message
        }
    }

    @Test("an unknown field is refused by its name")
    func unknownField() {
        #expect(
            self.message { () throws(RPCFailure) in _ = try Fields(["x": 1], knowing: ["y"]) } == #"unknown field "x""#
        )
    }

    @Test("an unknown field's long name is not sent back whole")
    func longUnknownField() throws {
        let name = String(repeating: "n", count: 10_000)
        let text = try #require(
            self.message { () throws(RPCFailure) in
                _ = try Fields(.object([name: 1]), knowing: [])
            }
        )
        #expect(text.utf8.count < 200)
    }

    @Test("Juju's facades ignore what they do not know")
    func lenient() throws {
        #expect(try Fields(["x": 1, "y": "z"], knowing: nil).text("y", bytes: 1...9) == "z")
    }

    @Test("parameters that are no object are refused", arguments: [JSONValue.int(1), "x", .array([]), .bool(true)])
    func noObject(value: JSONValue) {
        #expect(
            self.message { () throws(RPCFailure) in _ = try Fields(value, knowing: []) }
                == "the parameters must be an object"
        )
    }

    @Test("a missing list of leases is named")
    func missingList() {
        #expect(self.message { () throws(RPCFailure) in _ = try BulkParameters([:]) } == #""leases" is required"#)
        #expect(
            self.message { () throws(RPCFailure) in _ = try BulkParameters(["leases": 3]) }
                == #""leases" must be a list"#
        )
    }

    @Test("more items than a call may have are refused")
    func tooMany() {
        let items = JSONValue.array(Array(repeating: ["lease": "a"], count: 1_001))
        #expect(
            self.message { () throws(RPCFailure) in _ = try BulkParameters(["leases": items]) }
                == #""leases" must have at most 1000 items a call, not 1001"#
        )
    }

    @Test(
        "timeouts out of range or of another type are refused",
        arguments: [JSONValue.int(0), .int(-1), .int(60_001), .double(1.5), "5s", .double(1e300), .bool(true)]
    )
    func timeout(value: JSONValue) {
        let text = self.message { () throws(RPCFailure) in
            _ = try BulkParameters(["leases": [], "timeout-ms": value])
        }
        #expect(text?.contains("timeout-ms") == true)
        #expect(text?.contains("milliseconds") == true)
    }

    @Test(
        "durations that are wrong are refused with what they must be",
        arguments: [
            (JSONValue.int(-5), #""duration-ms" must be from 2000 to 86400000 milliseconds, not -5"#),
            (.int(1_999), #""duration-ms" must be from 2000 to 86400000 milliseconds, not 1999"#),
            (.int(.max), #""duration-ms" must be from 2000 to 86400000 milliseconds, not 9223372036854775807"#),
            (.double(1e30), #""duration-ms" must be from 2000 to 86400000 milliseconds"#),
            (.double(30_000.5), #""duration-ms" must be a whole number of milliseconds"#),
            ("30s", #""duration-ms" must be a whole number of milliseconds"#),
            (.null, #""duration-ms" is required"#),
        ]
    )
    func duration(value: JSONValue, expected: String) {
        let text = self.message { () throws(RPCFailure) in
            let item = try LeaseItem(["lease": "db", "duration-ms": value], knowing: ["duration-ms"], model: "m")
            _ = try item.duration()
        }
        #expect(text == expected)
    }

    @Test("a whole number written with an exponent is taken")
    func exponent() throws {
        let item = try LeaseItem(["lease": "db", "duration-ms": 3e4], knowing: ["duration-ms"], model: "m")
        #expect(try item.duration() == 30_000)
    }

    @Test(
        "lease names that are wrong are refused with what they must be",
        arguments: [
            (JSONValue.string(""), #""lease" must not be empty"#),
            (.string(String(repeating: "a", count: 10_240)), #""lease" must have from 1 to 512 bytes, not 10240"#),
            (.string("a\u{1b}[2J"), #""lease" must not contain control characters"#),
            (7, #""lease" must be a string"#),
            (.null, #""lease" is required"#),
        ]
    )
    func leaseName(value: JSONValue, expected: String) {
        #expect(
            self.message { () throws(RPCFailure) in _ = try LeaseItem(["lease": value], model: "m") } == expected
        )
    }

    @Test("a name of exactly the longest length is taken, whatever its characters")
    func longestName() throws {
        let name = String(repeating: "ü", count: 256)
        #expect(
            try LeaseItem(["lease": .string(name)], model: "m").key
                == LeaseKey(namespace: "lease", model: "m", name: name)
        )
    }

    @Test("an item that is no object is refused")
    func itemType() {
        #expect(
            self.message { () throws(RPCFailure) in _ = try LeaseItem("db", model: "m") }
                == #"an item of "leases" must be an object"#
        )
    }

    @Test("operation ids are 32 hexadecimal digits and survive the way there and back")
    func operationIDs() throws {
        let id = OperationID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
        #expect(id.hexadecimal == "0123456789abcdeffedcba9876543210")
        #expect(OperationID(hexadecimal: id.hexadecimal) == id)
        #expect(OperationID(hexadecimal: id.hexadecimal.uppercased()) == id)
        for wrong in ["", "12", String(repeating: "g", count: 32), String(repeating: "0", count: 33)] {
            #expect(OperationID(hexadecimal: wrong) == nil)
        }
    }
}
