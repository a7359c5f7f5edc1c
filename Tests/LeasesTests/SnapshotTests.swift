import Testing

@testable import Leases

@Suite struct SnapshotTests {
    /// A state with a bit of everything: extended, revoking, pinned, pins on free keys, remembered results.
    static func full() -> LeaseState {
        var scene = Scene()
        for number in 0..<30 {
            scene.apply(
                .claim(key("l\(number)", model: "m\(number % 4)"), holder: "h\(number % 3)", milliseconds: 60_000)
            )
        }
        scene.claim("a", by: "x", clock: 1_000)
        scene.claim("b", by: "x")
        scene.extend("a", by: "x", for: 30_000, clock: 2_000)
        scene.extend("a", by: "y")
        scene.revoke("b", by: nil)
        scene.pin("a", by: "p")
        scene.pin("a", by: "q")
        scene.pin("free", by: "p")
        scene.unpin("other", by: "p")
        scene.revoke("none", by: "x")
        scene.revoke("l1", by: nil, force: true)
        return scene.state
    }

    @Test("a snapshot carries everything: tokens, ends, pins, waiting revokes, results and global time")
    func roundTrip() throws {
        let state = Self.full()
        let bytes = state.encodedSnapshot()
        let restored = try LeaseState(decoding: bytes)
        #expect(restored.encodedSnapshot() == bytes)
        #expect(restored.globalTime == state.globalTime)
        #expect(restored.lastToken == state.lastToken)
        #expect(restored.count == state.count)
        #expect(restored.nextExpiry == state.nextExpiry)
        #expect(restored.rememberedCount == state.rememberedCount)
        #expect(restored.allLeases.map(\.0) == state.allLeases.map(\.0))
        #expect(restored.allLeases.map(\.1) == state.allLeases.map(\.1))
        for name in ["a", "free", "other"] { #expect(restored.pins(key(name)) == state.pins(key(name))) }
        #expect(restored.lease(key("b"))?.isRevoking == true)
        #expect(restored.digest == state.digest)
        let empty = LeaseState().encodedSnapshot()
        #expect(try LeaseState(decoding: empty).encodedSnapshot() == empty)
    }

    @Test("what is frozen is encoded and listed as it was, whatever becomes of the state")
    func frozen() {
        var state = Self.full()
        let (bytes, leases) = (state.encodedSnapshot(), state.allLeases)
        let (frozen, listed) = (state.frozen, state.frozenLeases)
        _ = state.apply(LeaseBatch(clock: at(300_000), operations: []))
        #expect(frozen.encodedSnapshot() == bytes)
        #expect(state.encodedSnapshot() != bytes)
        let copy = listed.list(limit: .max)
        #expect(copy.map(\.0) == leases.map(\.0))
        #expect(copy.map(\.1) == leases.map(\.1))
    }

    @Test("a restored state goes on as the original does")
    func goesOn() throws {
        var state = Self.full()
        var restored = try LeaseState(decoding: state.encodedSnapshot())
        let retry = LeaseOperation(
            id: OperationID(high: 7, low: 31),
            notAfter: at(61_000),
            command: .claim(key("a"), holder: "x", milliseconds: 5_000)
        )
        for clock: UInt64 in [2_000, 6_001, 32_000, 61_000, 300_000] {
            let batch = LeaseBatch(clock: at(clock), operations: [retry])
            let (one, other) = (state.apply(batch), restored.apply(batch))
            #expect(one.results == other.results)
            #expect(one.events == other.events)
        }
        #expect(state.encodedSnapshot() == restored.encodedSnapshot())
    }

    @Test("the same entries in another process or order of insertion give the same bytes")
    func canonical() {
        #expect(Self.full().encodedSnapshot() == Self.full().encodedSnapshot())
        #expect(Self.full().digest == Self.full().digest)
    }

    @Test("a snapshot with any one bit changed, or cut anywhere, is refused")
    func damage() {
        let bytes = Self.full().encodedSnapshot()
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8(place % 8)
            #expect(Self.code(damaged) != nil, "byte \(place)")
        }
        for count in stride(from: 0, to: bytes.count, by: 3) { #expect(Self.code(Array(bytes[..<count])) != nil) }
        #expect(Self.code(bytes + [0]) == .damaged)
    }

    @Test("another version and other files are named as such, whatever their checksum")
    func version() {
        var bytes = Self.full().encodedSnapshot()
        for version: UInt8 in [0, 1, 2, 4] {
            bytes[4] = version
            #expect(Self.code(bytes) == .unknownVersion)
        }
        #expect(Self.code(Array("SQLite format 3".utf8)) == .notRecognised)
        #expect(Self.code([]) == .truncated)
    }

    @Test(
        "damage behind a fitting checksum gives a typed error or a state that encodes to the same bytes",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func fuzz(seed: UInt64) throws {
        var random = Seeded(seed)
        let bytes = Self.full().encodedSnapshot()
        var body = Array(bytes.dropLast(8))
        // Most of an empty shard's bytes are zeros; damage where there is something.
        let places = body.indices.filter { body[$0] != 0 }
        var codes: Set<LeaseCodecError.Code> = []
        for _ in 0..<250 {
            let original = body
            if random.chance(50) {
                body = random.damaged(body)
            } else {
                body[random.pick(places)] = UInt8.random(in: 0...255, using: &random)
            }
            let sealed = Self.sealed(body)
            do throws(LeaseCodecError) {
                let state = try LeaseState(decoding: sealed)
                #expect(state.encodedSnapshot() == sealed, "seed \(seed)")
            } catch {
                codes.insert(error.code)
            }
            body = original
        }
        #expect(codes.contains(.inconsistent) && codes.contains(.tooLarge), "\(codes)")
        #expect(!codes.contains(.damaged))
    }

    @Test("a snapshot that breaks the state's own rules is refused although every field is well formed")
    func rules() throws {
        func head(time: UInt64, token: UInt64, groups: Int) -> [UInt8] {
            var bytes = Array("HFLS".utf8) + [3]
            bytes.append(varint: time)
            bytes.append(varint: token)
            bytes.append(varint: UInt64(groups))
            if groups > 0 {
                bytes.append(text: "lease")
                bytes.append(text: "model")
            }
            return bytes
        }
        func lease(_ name: String = "db", token: UInt64, end: UInt64 = 2_000, holder: String = "x") -> [UInt8] {
            var bytes: [UInt8] = [0]
            bytes.append(text: name)
            bytes.append(text: holder)
            bytes.append(varint: token)
            bytes.append(varint: end)
            bytes.append(flag: false)
            return bytes
        }
        func snapshot(_ leases: [UInt8]..., results: [[UInt8]] = []) -> [UInt8] {
            var bytes = head(time: 1_000, token: 5, groups: 1)
            bytes.append(varint: UInt64(leases.count))
            for lease in leases { bytes += lease }
            bytes += [0, 0, 0, 0]
            bytes.append(varint: UInt64(results.count))
            for result in results { bytes += result }
            return Self.sealed(bytes)
        }
        #expect(Self.code(snapshot(lease(token: 5))) == nil)
        #expect(Self.code(snapshot(lease(token: 6))) == .tooLarge)
        #expect(Self.code(snapshot(lease(token: 0))) == .inconsistent)
        #expect(Self.code(snapshot(lease(token: 5, end: 86_401_001))) == .tooLarge)
        #expect(Self.code(snapshot(lease(token: 5, holder: ""))) == .inconsistent)
        #expect(Self.code(snapshot(lease(token: 5, holder: "a\nb"))) == .inconsistent)
        #expect(Self.code(snapshot(lease(token: 4), lease("other", token: 5))) == nil)
        #expect(Self.code(snapshot(lease(token: 5), lease("other", token: 4))) == .inconsistent)
        #expect(Self.code(snapshot(lease(token: 5), lease("other", token: 5))) == .inconsistent)
        #expect(Self.code(snapshot(lease(token: 4), lease(token: 5))) == .inconsistent)
        #expect(Self.code(Self.sealed(head(time: 1_000, token: 5, groups: 1) + Array(repeating: 0, count: 6))) != nil)

        /// The first byte says what is not written; `slots` is how many slots later than the one before.
        func result(_ first: UInt8, _ low: UInt64?, slots: UInt64? = nil, token: UInt64? = nil) -> [UInt8] {
            var bytes: [UInt8] = [first]
            if let low { bytes.append(OperationID(high: 1, low: low)) }
            if let slots { bytes.append(varint: slots) }
            bytes.append(half: .max)
            if let token { bytes.append(varint: token) }
            return bytes
        }
        func results(_ results: [UInt8]...) -> [UInt8] { snapshot(lease(token: 5), results: results) }
        let notHeld = RememberedOutcome.Kind.notHeld.rawValue
        let (granted, revoked) = (RememberedOutcome.Kind.granted.rawValue, RememberedOutcome.Kind.revoked.rawValue)
        let (follows, same) = (ResultForm.follows, ResultForm.sameSlot)
        let first = result(notHeld, 1, slots: 3)
        #expect(Self.code(results(first, result(notHeld | follows | same, nil), result(notHeld, 0, slots: 1))) == nil)
        #expect(Self.code(results(first, result(notHeld | same, 9), result(notHeld | same, 7))) == .inconsistent)
        #expect(Self.code(results(first, result(notHeld, 1, slots: 1))) == .inconsistent)
        #expect(Self.code(results(first, result(notHeld | same, 2))) == .inconsistent)
        #expect(Self.code(results(first, result(notHeld, 9, slots: 0))) == .inconsistent)
        #expect(Self.code(results(result(notHeld | follows, nil, slots: 3))) == .inconsistent)
        #expect(Self.code(results(result(notHeld, 1, slots: 1 << 20))) == .tooLarge)
        for kind: UInt8 in [0, 12, 15, 0x43, 0x83] {
            #expect(Self.code(results(result(kind, 1, slots: 3))) == .inconsistent)
        }
        #expect(Self.code(results(result(granted, 1, slots: 3, token: 5))) == nil)
        #expect(Self.code(results(result(granted, 1, slots: 3, token: 6))) == .tooLarge)
        #expect(Self.code(results(result(granted, 1, slots: 3, token: 0))) == .inconsistent)
        #expect(Self.code(results(result(revoked, 1, slots: 3, token: 5))) != nil)
    }

    @Test("results of ids that follow one another take a third of what they would alone, and come back as they were")
    func compact() throws {
        var state = LeaseState()
        let operations = (0..<200 as Range<UInt64>).map { number in
            LeaseOperation(
                id: OperationID(high: 1, low: number),
                notAfter: at(9_000),
                command: .claim(key("db"), holder: number == 0 ? "x" : "y", milliseconds: 5_000)
            )
        }
        _ = state.apply(LeaseBatch(clock: .zero, operations: operations))
        let bytes = state.encodedSnapshot()
        #expect(bytes.count < 200 * 7 + 100)
        let restored = try LeaseState(decoding: bytes)
        for operation in operations {
            let id = operation.id
            #expect(restored.remembered(id, key: key("db")) == state.remembered(id, key: key("db")))
        }
    }

    static func sealed(_ body: [UInt8]) -> [UInt8] {
        var hash = StableHash()
        body.withUnsafeBytes { hash.combine(bytes: $0) }
        var bytes = body
        bytes.append(word: hash.value)
        return bytes
    }

    private static func code(_ bytes: [UInt8]) -> LeaseCodecError.Code? {
        do throws(LeaseCodecError) {
            _ = try LeaseState(decoding: bytes)
            return nil
        } catch {
            return error.code
        }
    }
}
