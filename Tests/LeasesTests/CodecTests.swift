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
            operation.encoded(into: &bytes)
            #expect(try LeaseOperation(decoding: Array(bytes[2...])) == operation)
            #expect(operation.encoded().count >= LeaseOperation.shortest)
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

    @Test("pieces of one message are read as if each stood alone, with nothing of their neighbours")
    func pieces() throws {
        var bytes: [UInt8] = []
        var places: [Range<Int>] = []
        for operation in Self.operations {
            let start = bytes.count
            operation.encoded(into: &bytes)
            places.append(start..<bytes.count)
        }
        var decoder = PieceDecoder(bytes)
        for (operation, place) in zip(Self.operations, places) {
            #expect(try decoder.operation(in: place) == operation)
            #expect(throws: LeaseCodecError.self) { try decoder.operation(in: place.lowerBound..<place.upperBound - 1) }
        }
        #expect(throws: LeaseCodecError.self) {
            try decoder.operation(in: places[0].lowerBound..<places[1].upperBound)
        }
        #expect(throws: LeaseCodecError.self) { try decoder.operation(in: places[0].lowerBound..<bytes.count + 1) }
    }

    @Test("a batch is read as it was written unless something of it is cut")
    func readAsWritten() throws {
        let long = String(repeating: "x", count: 1_024)
        let plain = LeaseOperation(id: OperationID(high: 1, low: 2), notAfter: at(9), command: Self.commands[2])
        for (command, isSame) in [
            (LeaseCommand.extend(key(long), holder: long, milliseconds: 5), true),
            (.extend(key(long + "x"), holder: "x", milliseconds: 5), false),
            (.extend(key("db"), holder: long + "x", milliseconds: 5), false),
            (.unpin(key("db"), entity: long + "x"), false), (.revoke(key("db"), holder: nil, force: true), true),
        ] {
            var operation = plain
            operation.command = command
            let batch = LeaseBatch(clock: at(5), operations: [plain, operation])
            #expect(batch.isReadAsWritten == isSame)
            #expect(try (LeaseBatch(decoding: batch.encoded()) == batch) == isSame)
        }
        var covering = plain
        covering.covers = (0..<9).map { OperationID(high: 9, low: $0) }
        #expect(!LeaseBatch(clock: at(5), operations: [covering]).isReadAsWritten)
        covering.command = Self.commands[0]
        covering.covers = [OperationID(high: 9, low: 9)]
        #expect(!LeaseBatch(clock: at(5), operations: [covering]).isReadAsWritten)
        #expect(!LeaseBatch(clock: at(5), stretchPercent: 1_001, operations: [plain]).isReadAsWritten)
        #expect(!LeaseBatch(clock: at(5), stretchPercent: 99, operations: [plain]).isReadAsWritten)
    }

    @Test("every result survives encoding")
    func resultsRoundTrip() throws {
        for result in Self.results { #expect(try OperationResult(decoding: result.encoded()) == result) }
    }

    @Test("the bytes of version 2 stay what they are, so that old logs can be read")
    func golden() {
        let batch = LeaseBatch(
            clock: at(300),
            operations: [
                LeaseOperation(
                    id: OperationID(high: 1, low: 2),
                    notAfter: at(5),
                    command: .claim(key("db", model: "m", namespace: "n"), holder: "x", milliseconds: 2_000)
                )
            ]
        )
        let expected: [UInt8] =
            [0x4c, 0x42, 2, 0xac, 0x02, 100, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5]
            + [1, 0x6e, 1, 0x6d, 2, 0x64, 0x62, 1, 0x78, 0xd0, 0x0f]
        #expect(batch.encoded() == expected)
        #expect(batch.operations[0].command.fingerprint == 3_861_464_590_968_799_386)
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
        for version: UInt8 in [0, 1, 3] {
            bytes[2] = version
            #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: bytes) } == .unknownVersion)
        }
        bytes[2] = 2
        bytes[0] = 0
        #expect(Self.code { () throws(LeaseCodecError) in try LeaseBatch(decoding: bytes) } == .notRecognised)
        for tag: UInt8 in [0, 7, 255] {
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
                try LeaseBatch(decoding: [0x4c, 0x42, 2, 0, 100, 0xff, 0xff, 0x03])
            }
                == .truncated
        )
        #expect(
            Self.code { () throws(LeaseCodecError) in
                try LeaseBatch(decoding: [0x4c, 0x42, 2, 0, 100, 0xff, 0xff, 0x7f])
            }
                == .tooLarge
        )
        for stretch: [UInt8] in [[99], [0xe9, 0x07]] {
            let bytes = [0x4c, 0x42, 2, 0] + stretch + [0]
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
                == "lease data refused: unknown-version at byte 3 (batch); it was written by another version; upgrade "
                + "this controller"
        )
    }

    @Test(
        "random damage gives a value or a typed error, never a crash, and a value encodes to the same bytes",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func fuzz(seed: UInt64) throws {
        var random = Seeded(seed)
        let batch = LeaseBatch(clock: at(123_456), operations: Self.operations).encoded()
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
