import Testing

@testable import Leases

@Suite struct CodecTests {
    static let commands: [LeaseCommand] = [
        .claim(key("db"), holder: "x", milliseconds: 30_000),
        .claim(key("Käse 🧀", model: "", namespace: "n"), holder: "", milliseconds: .max),
        .extend(key("db"), holder: "unit-mysql-0", milliseconds: 0),
        .revoke(key("db"), holder: "x", force: false), .revoke(key("db"), holder: nil, force: true),
        .revoke(key("db"), holder: nil, force: false), .pin(key("db"), entity: "machine-0"),
        .unpin(key("db"), entity: "machine-0"), .unpin(key("db"), entity: nil),
        .resolve(key("db"), OperationID(high: 3, low: .max), notAfter: at(70_000)),
    ]
    static let operations = commands.enumerated().map { number, command in
        LeaseOperation(
            id: OperationID(high: .max - UInt64(number), low: UInt64(number)),
            notAfter: at(number == 0 ? .max : UInt64(number) * 1_000),
            command: command,
            covers: number == 2 ? (0..<8).map { OperationID(high: 9, low: $0) } : []
        )
    }
    static let results: [OperationResult] = [
        granted("x", 1, 30_000), granted("", (1 << 53) - 1, .max), held("Käse", 127, 128), .notHeld, .revoked,
        .revoking(remainingMilliseconds: 0), .revoking(remainingMilliseconds: .max), .pinned(true), .pinned(false),
        .expired, .invalid("duration is 0"), .invalid(""),
        .refused("full"), .resolved(.never), .resolved(.forgotten), .resolved(.applied(granted("x", 1, 30_000))),
        .resolved(.applied(.notHeld)),
    ]

    @Test("every operation survives encoding, alone and in a batch")
    func operationsRoundTrip() throws {
        for operation in Self.operations {
            #expect(try LeaseOperation(decoding: operation.encoded()) == operation)
            var bytes: [UInt8] = [1, 2]
            [operation].encode(into: &bytes)
            #expect(try [LeaseOperation](decoding: bytes, from: 2, count: 1) == [operation])
            #expect(operation.encoded().count >= OperationForm.shortest)
        }
        for clock: UInt64 in [0, 127, 128, 1 << 40, .max] {
            for stretch in [100, 101, 1_000] {
                let batch = LeaseBatch(clock: at(clock), stretchPercent: stretch, operations: Self.operations)
                #expect(try LeaseBatch(decoding: batch.encoded()) == batch)
            }
        }
        let empty = LeaseBatch(clock: at(5), operations: [])
        #expect(try LeaseBatch(decoding: empty.encoded()) == empty)
    }

    /// Operations that have much in common, and everything else with some of it.
    static let alike: [LeaseOperation] = {
        var operations: [LeaseOperation] = []
        for number in 0..<40 as Range<UInt64> {
            let key = key(
                "db-\(number)",
                model: number % 3 == 0 ? "m" : "n",
                namespace: number % 5 == 0 ? "o" : "lease"
            )
            let commands: [LeaseCommand] = [
                .extend(key, holder: "h", milliseconds: number < 20 ? 5_000 : 6_000),
                .revoke(key, holder: nil, force: true),
                .claim(key, holder: "h", milliseconds: 5_000), .extend(key, holder: "h", milliseconds: 5_000),
            ]
            operations.append(
                LeaseOperation(
                    id: OperationID(high: number / 7, low: .max &+ number),
                    notAfter: at(70_000 + number / 9),
                    command: commands[Int(number % 4)],
                    covers: number % 8 == 3 ? [OperationID(high: 5, low: number)] : []
                )
            )
        }
        return operations
    }()

    @Test("what operations have in common with those before them is written once, and read as if it were there")
    func shared() throws {
        let batch = LeaseBatch(clock: at(5), operations: Self.alike)
        #expect(try LeaseBatch(decoding: batch.encoded()) == batch)
        let bulk = (0..<100 as Range<UInt64>).map { number in
            LeaseOperation(
                id: OperationID(high: 1, low: 1_000 + number),
                notAfter: at(70_000),
                command: .extend(key("db-\(number)", model: "a-model"), holder: "unit-0", milliseconds: 30_000)
            )
        }
        var bytes: [UInt8] = []
        bulk.encode(into: &bytes)
        #expect(bytes.count < 100 * (2 + 6 + 7) + 64)
    }

    @Test("each operation has one form: what is known must not be written again")
    func oneForm() {
        let two = (0..<2 as Range<UInt64>).map { number in
            LeaseOperation(
                id: OperationID(high: 1, low: number),
                notAfter: at(7),
                command: .extend(key("a", model: "m", namespace: "n"), holder: "h", milliseconds: 9)
            )
        }
        var bytes: [UInt8] = []
        two.encode(into: &bytes)
        let id: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        let first = Array(bytes.dropLast(6))
        #expect(Array(bytes.suffix(6)) == [0x3a, 0, 1, 0x61, 1, 0x68])
        for second: [UInt8] in [
            [0x32] + id + [0, 1, 0x61, 1, 0x68], [0x2a, 7, 0, 1, 0x61, 1, 0x68], [0x1a, 9, 0, 1, 0x61, 1, 0x68],
            [0x3a, 1, 1, 0x6e, 1, 0x6d, 1, 0x61, 1, 0x68], [0x7a, 0, 1, 0x61, 1, 0x68, 0],
        ] {
            let code = Self.code { () throws(LeaseCodecError) in
                try [LeaseOperation](decoding: first + second, from: 0, count: 2)
            }
            #expect(code == .inconsistent)
        }
        // Nothing before the first can be the same, and a revoke has no duration.
        for alone: [UInt8] in [[0x0a, 7, 9], [0x12] + id + [9], [0x22] + id + [7], [0x23] + id + [7]] {
            let code = Self.code { () throws(LeaseCodecError) in
                try LeaseOperation(decoding: alone + [0, 1, 0x6e, 1, 0x6d, 1, 0x61, 1, 0x68])
            }
            #expect(code == .inconsistent)
        }
    }

    @Test("every result survives encoding")
    func resultsRoundTrip() throws {
        for result in Self.results { #expect(try OperationResult(decoding: result.encoded()) == result) }
    }

    @Test("the bytes of version 3 stay what they are, so that old logs can be read")
    func golden() {
        let claim = LeaseOperation(
            id: OperationID(high: 1, low: 2),
            notAfter: at(5),
            command: .claim(key("db", model: "m", namespace: "n"), holder: "x", milliseconds: 2_000)
        )
        let extend = LeaseOperation(
            id: OperationID(high: 1, low: 3),
            notAfter: at(5),
            command: .extend(key("db", model: "m", namespace: "n"), holder: "x", milliseconds: 2_000)
        )
        let batch = LeaseBatch(clock: at(300), operations: [claim, extend])
        let expected: [UInt8] =
            [0x4c, 0x42, 3, 0xac, 0x02, 100, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0xd0, 0x0f]
            + [0, 1, 0x6e, 1, 0x6d, 2, 0x64, 0x62, 1, 0x78, 0x3a, 0, 2, 0x64, 0x62, 1, 0x78]
        #expect(batch.encoded() == expected)
        #expect(claim.command.fingerprint == 3_861_464_590_968_799_386)
        #expect(key("db").stableHash & 1_023 == 55)
        #expect(key("db").sacrificeLevel == UInt8(key("db").stableHash >> 57))
    }

    @Test("a batch cut short anywhere, or with a byte too many, is refused")
    func cut() {
        let bytes = LeaseBatch(clock: at(300), operations: Self.operations).encoded()
        for count in 0..<bytes.count {
            #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: Array(bytes[..<count])) } != nil)
        }
        #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: bytes + [0]) } == .trailingBytes)
        for operation in Self.operations {
            let bytes = operation.encoded()
            for count in bytes.indices {
                #expect(
                    Self.code { () throws(LeaseCodecError) in try LeaseOperation(decoding: Array(bytes[..<count])) }
                        == .truncated
                )
            }
            #expect(
                Self.code { () throws(LeaseCodecError) in try LeaseOperation(decoding: bytes + [0]) } == .trailingBytes
            )
        }
        for result in Self.results {
            let bytes = result.encoded()
            for count in bytes.indices {
                #expect(
                    Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: Array(bytes[..<count])) }
                        == .truncated
                )
            }
            #expect(
                Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: bytes + [0]) } == .trailingBytes
            )
        }
    }

    @Test("unknown versions, kinds and flags are refused by name")
    func unknown() {
        var bytes = LeaseBatch(clock: at(1), operations: [Self.operations[3]]).encoded()
        for version: UInt8 in [0, 1, 2, 4] {
            bytes[2] = version
            #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: bytes) } == .unknownVersion)
        }
        bytes[2] = 3
        bytes[0] = 0
        #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: bytes) } == .notRecognised)
        for tag: UInt8 in [0, 7, 129, 255] {
            var bytes = Self.operations[0].encoded()
            bytes[0] = tag
            #expect(Self.code { () throws(LeaseCodecError) in try LeaseOperation(decoding: bytes) } == .unknownTag)
        }
        for tag: UInt8 in [0, 13, 255] {
            #expect(Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [tag]) } == .unknownTag)
        }
        #expect(Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [6, 2]) } == .unknownTag)
        #expect(
            Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [10, 11]) } == .inconsistent
        )
        let nested = Array(repeating: 10 as UInt8, count: 100_000)
        #expect(Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: nested) } == .inconsistent)
    }

    @Test("numbers, texts and counts beyond what is ever written are refused before anything is allocated")
    func tooLarge() {
        let nine = Array(repeating: 0xff as UInt8, count: 9)
        #expect(
            Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [5] + nine + [2]) } == .tooLarge
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [5] + nine + [0xff, 0]) }
                == .tooLarge
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [5, 0x80, 0]) } == .inconsistent
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [8, 0x81, 0x08]) } == .tooLarge
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: [8, 0xff, 0xff, 0xff, 0xff, 0x7f]) }
                == .tooLarge
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in
                try LeaseBatch(decoding: [0x4c, 0x42, 3, 0, 100, 0xff, 0xff, 0x03])
            }
                == .truncated
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in
                try LeaseBatch(decoding: [0x4c, 0x42, 3, 0, 100, 0xff, 0xff, 0x7f])
            }
                == .tooLarge
        )
        for stretch: [UInt8] in [[99], [0xe9, 0x07]] {
            let bytes = [0x4c, 0x42, 3, 0] + stretch + [0]
            #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: bytes) } != nil)
        }
        var covering = Self.operations[2].encoded()
        let count = covering.count - 8 * 16 - 1
        #expect(covering[count] == 8)
        covering[count] = 9
        covering += Array(repeating: 0, count: 16)
        #expect(Self.code { () throws(LeaseCodecError) in try LeaseOperation(decoding: covering) } == .tooLarge)
        var token = granted("x", 1 << 53, 0).encoded()
        #expect(Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: token) } == .tooLarge)
        token = granted("x", (1 << 53) - 1, 0).encoded()
        #expect(Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: token) } == nil)
    }

    @Test("a text that is not UTF-8 is refused, not repaired")
    func notUTF8() {
        for bytes: [UInt8] in [[8, 1, 0x80], [8, 2, 0xc3, 0x28], [8, 3, 0xed, 0xa0, 0x80], [8, 2, 0xc0, 0x80]] {
            #expect(Self.code { () throws(LeaseCodecError) in try OperationResult(decoding: bytes) } == .invalidText)
        }
    }

    @Test("an over-long name is cut at a character's end, stays too long, and spoils only its own operation")
    func longNames() throws {
        for name in [String(repeating: "n", count: 10_240), "n" + String(repeating: "é", count: 4_000)] {
            let long = LeaseOperation(
                id: OperationID(high: 0, low: 1),
                notAfter: at(1_000),
                command: .claim(key(name), holder: "x", milliseconds: 5_000)
            )
            let good = LeaseOperation(
                id: OperationID(high: 0, low: 2),
                notAfter: at(1_000),
                command: .claim(key("db"), holder: "x", milliseconds: 5_000)
            )
            let batch = try LeaseBatch(decoding: LeaseBatch(clock: .zero, operations: [long, good]).encoded())
            #expect(batch.operations[1] == good)
            var state = LeaseState()
            let results = state.apply(batch).results
            guard case .invalid = results[0] else {
                Issue.record("\(results[0])")
                return
            }
            #expect(results[1] == granted("x", 1, 5_000))
        }
    }

    @Test("errors say what is wrong, where, and what to do")
    func description() throws {
        let error = try #require(throws: LeaseCodecError.self) { try LeaseBatch(decoding: [0x4c, 0x42, 9]) }
        #expect(
            "\(error)"
                == "lease data refused: unknown-version at byte 3 (batch); it was written by another version; run one "
                + "version on all controllers, the one that wrote it or a newer that reads it"
        )
    }

    @Test(
        "random damage gives a value or a typed error, never a crash, and a value encodes to the same bytes",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func fuzz(seed: UInt64) throws {
        var random = Seeded(seed)
        let batch = LeaseBatch(clock: at(123_456), operations: Self.operations + Self.alike).encoded()
        for _ in 0..<4_000 {
            let bytes = random.damaged(batch)
            if let value = try? LeaseBatch(decoding: bytes) { #expect(value.encoded() == bytes, "seed \(seed)") }
            let operation = random.damaged(random.pick(Self.operations).encoded())
            if let value = try? LeaseOperation(decoding: operation) {
                #expect(value.encoded() == operation, "seed \(seed)")
            }
            let result = random.damaged(random.pick(Self.results).encoded())
            if let value = try? OperationResult(decoding: result) {
                #expect(value.encoded() == result, "seed \(seed)")
            }
        }
    }

    private static func code<Value>(_ body: () throws(LeaseCodecError) -> Value) -> LeaseCodecError.Code? {
        do throws(LeaseCodecError) {
            _ = try body()
            return nil
        } catch {
            return error.code
        }
    }
}

extension Seeded {
    /// `bytes` with a few of them changed, cut, doubled or moved.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: bytes.indices, using: &self)
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.remove(at: place)
            case 4: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
            default: bytes.swapAt(place, Int.random(in: bytes.indices, using: &self))
            }
        }
        return bytes
    }
}
