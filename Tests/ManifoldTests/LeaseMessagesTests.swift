import AgentResources
import Leases
import Testing

@testable import LeaseTransportManifold

@Suite struct LeaseMessagesTests {
    static let requests: [LeaseRequest] = [
        LeaseRequest(id: 1, items: [.init(nil, remainingMilliseconds: 5_000)]),
        LeaseRequest(id: .max, isRepeat: true, items: []),
        LeaseRequest(
            id: 7,
            items: [
                operation(claim("db"), id: 1), operation(extend("db"), id: 2),
                operation(.revoke(key("db"), holder: nil, force: true), id: 3),
                operation(.pin(key("db"), entity: "e"), id: 4), operation(.unpin(key("db"), entity: nil), id: 5), nil,
            ].enumerated().map { .init($1, remainingMilliseconds: UInt32($0) * 800_000_000) }
        ),
    ]

    static let responses: [LeaseResponse] = [
        LeaseResponse(id: 3, answers: []),
        LeaseResponse(
            id: 5,
            answers: [],
            load: OperationLoad(claimRetryAfterMilliseconds: 0, extendLevel: 7, stretchPercent: 175)
        ),
        LeaseResponse(
            id: 4,
            answers: [
                .init(slot: 0, outcome: .applied(nil, index: 9)),
                .init(slot: 1, outcome: .applied(granted, index: .max)),
                .init(slot: 2, outcome: .applied(.invalid("why"), index: 1)),
                .init(slot: 6, outcome: .applied(.notHeld, index: 1)),
                .init(slot: 7, outcome: .applied(nil, index: 1)),
                .init(slot: 8, outcome: .applied(granted, index: 1)),
                .init(slot: 3, outcome: .never(Refusal(.overloaded, retryAfterMilliseconds: 250))),
                .init(slot: 255, outcome: .never(Refusal(.notLeader, leader: Leader(id: 2, address: "b:17070")))),
                .init(slot: 5, outcome: .unknown(Refusal(.stopping))),
            ]
        ),
    ]

    @Test("a request survives its way to another controller", arguments: Self.requests)
    func request(_ request: LeaseRequest) throws {
        #expect(try LeaseRequest(hubBytes: request.hubBytes()) == request)
    }

    @Test("an answer survives its way back", arguments: Self.responses)
    func response(_ response: LeaseResponse) throws {
        #expect(try LeaseResponse(hubBytes: response.hubBytes()) == response)
    }

    @Test("a message cut off anywhere, or with more behind it, is refused", arguments: Self.requests)
    func cutRequest(_ request: LeaseRequest) {
        let bytes = request.hubBytes()
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) { try LeaseRequest(hubBytes: Array(bytes.prefix(count))) }
        }
        #expect(throws: (any Error).self) { try LeaseRequest(hubBytes: bytes + [0]) }
    }

    @Test("an answer cut off anywhere, or with more behind it, is refused", arguments: Self.responses)
    func cutResponse(_ response: LeaseResponse) {
        let bytes = response.hubBytes()
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) { try LeaseResponse(hubBytes: Array(bytes.prefix(count))) }
        }
        #expect(throws: (any Error).self) { try LeaseResponse(hubBytes: bytes + [0]) }
    }

    @Test("damaged messages are refused or read as something else, but never trap")
    func damaged() {
        for bytes in Self.requests.map({ $0.hubBytes() }) + Self.responses.map({ $0.hubBytes() }) {
            for position in bytes.indices {
                for value in [0, 1, 0x7f, 0xff] as [UInt8] {
                    var damaged = bytes
                    damaged[position] = value
                    _ = try? LeaseRequest(hubBytes: damaged)
                    _ = try? LeaseResponse(hubBytes: damaged)
                }
            }
        }
    }

    @Test("more operations than a request may carry, an unknown version and an unknown kind are refused")
    func limits() {
        let many = LeaseRequest(
            id: 1,
            items: Array(
                repeating: .init(operation(claim("db")), remainingMilliseconds: 1),
                count: LeaseRequest.itemLimit + 1
            )
        )
        #expect(throws: LeaseMessageError(.tooMany)) { try LeaseRequest(hubBytes: many.hubBytes()) }
        var bytes = Self.requests[0].hubBytes()
        bytes[0] = 9
        #expect(throws: LeaseMessageError(.unknownVersion)) { try LeaseRequest(hubBytes: bytes) }
        bytes[0] = 3
        // Behind the version, the id, the flag and the count.
        bytes[12] = 9
        #expect(throws: LeaseMessageError(.unknownTag)) { try LeaseRequest(hubBytes: bytes) }
    }

    @Test("items of one kind and one deadline are told together, and a run that does not fit the count is refused")
    func runs() throws {
        let items: [LeaseRequest.Item] = (0..<6 as Range<UInt64>).map { number in
            .init(
                number % 2 == 0 ? nil : operation(extend("db"), id: number),
                remainingMilliseconds: number < 3 ? 5 : 6
            )
        }
        let alternating = LeaseRequest(id: 3, items: items)
        #expect(try LeaseRequest(hubBytes: alternating.hubBytes()) == alternating)
        let barriers = LeaseRequest(id: 3, items: Array(repeating: .init(nil, remainingMilliseconds: 5), count: 2))
        let bytes = barriers.hubBytes()
        #expect(try LeaseRequest(hubBytes: bytes) == barriers)
        // Behind the version, the id, the flag and the count: the kind, the time left, and how many.
        for run: UInt8 in [0, 3] {
            var damaged = bytes
            damaged[18] = run
            #expect(throws: LeaseMessageError(.tooMany)) { try LeaseRequest(hubBytes: damaged) }
        }
        // An operation promised and none there, and the other way round.
        var missing = bytes
        missing[12] = 1
        #expect(throws: (any Error).self) { try LeaseRequest(hubBytes: missing) }
        let one = LeaseRequest(id: 3, items: [.init(operation(extend("db")), remainingMilliseconds: 5)])
        var left = one.hubBytes()
        left[12] = 2
        #expect(throws: (any Error).self) { try LeaseRequest(hubBytes: left) }
    }

    @Test("the largest request fits a frame between controllers")
    func largest() {
        let longest = String(repeating: "x", count: LeaseLimits.nameBytes)
        let key = LeaseKey(namespace: longest, model: longest, name: longest)
        let request = LeaseRequest(
            id: .max,
            items: Array(
                repeating: .init(
                    operation(.claim(key, holder: longest, milliseconds: .max), notAfter: .max),
                    remainingMilliseconds: .max
                ),
                count: PubSubTransport.StateMachine.itemLimit
            )
        )
        #expect(request.hubBytes().count + 64 < 1 << 20)
    }
}
