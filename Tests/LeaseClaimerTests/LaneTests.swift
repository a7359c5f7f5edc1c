import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import leaseclaimer

@Suite struct LaneTests {
    @Test("calls nobody waits for any more take up room until the controller has answered them")
    func room() throws {
        let loop = LoadLoop(
            MultiThreadedEventLoopGroup.singleton.any(),
            settings: .init(
                controllers: [],
                tls: try NIOSSLContext(configuration: .makeClientConfiguration()),
                path: "/api",
                dials: 1
            ),
            writer: RequestWriter(names: LeaseNames(prefix: "p", runID: "r"), namespace: "", seed: 3),
            seed: 1
        )
        let lane = Lane(0, loop: loop, first: 0, login: [], isAgent: false)
        lane.unanswered = 400
        for id in 0..<UInt64(500) { lane.forget(id) }
        #expect(!lane.hasRoom)
        let unknown = lane.remembers(500)
        #expect(!unknown)
        #expect(!lane.hasRoom)
        let first = lane.remembers(7)
        #expect(first)
        #expect(lane.hasRoom)
        let second = lane.remembers(7)
        #expect(!second)
        // After two storms in a row everybody's claim must still be read.
        #expect(2 * ContenderWorkload.waitsPerLane <= Lane.mostInFlight)
    }
}
