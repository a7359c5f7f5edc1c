import Leases
import Testing

@Suite struct ListTests {
    private static func filled() -> Scene {
        var scene = Scene()
        for namespace in ["ns1", "ns2"] {
            for model in ["m1", "m2"] {
                for name in ["web", "db-2", "db-1", "cache"] {
                    scene.apply(
                        .claim(key(name, model: model, namespace: namespace), holder: "x", milliseconds: 5_000)
                    )
                }
            }
        }
        return scene
    }

    @Test("leases are listed in key order")
    func order() {
        let keys = Self.filled().state.list(limit: 100).map(\.0)
        #expect(keys.count == 16)
        #expect(keys == keys.sorted())
        #expect(Self.filled().state.allLeases.map(\.0) == keys)
    }

    @Test("a list can be cut to a namespace, a model and a prefix")
    func filters() {
        let state = Self.filled().state
        #expect(state.list(namespace: "ns1", limit: 100).count == 8)
        #expect(state.list(namespace: "ns1", model: "m2", limit: 100).count == 4)
        #expect(state.list(namespace: "ns1", model: "m2", prefix: "db-", limit: 100).map(\.0.name) == ["db-1", "db-2"])
        #expect(state.list(prefix: "w", limit: 100).count == 4)
        #expect(state.list(namespace: "other", limit: 100).isEmpty)
    }

    @Test("pages of any size together give every lease once")
    func pages() {
        let state = Self.filled().state
        for limit in 1...17 {
            var keys: [LeaseKey] = []
            while true {
                let page = state.list(after: keys.last, limit: limit)
                if page.isEmpty { break }
                #expect(page.count <= limit)
                keys += page.map(\.0)
            }
            #expect(keys == state.allLeases.map(\.0))
        }
        #expect(state.list(limit: 0).isEmpty)
        #expect(state.list(limit: -1).isEmpty)
    }

    @Test("a listed lease says what the state knows")
    func content() {
        var scene = Scene()
        scene.claim(by: "x", for: 9_000, clock: 1_000)
        scene.pin(by: "p", clock: 3_000)
        scene.revoke(by: nil)
        let lease = scene.state.list(limit: 1).first?.1
        #expect(
            lease
                == Lease(
                    holder: "x",
                    token: FencingToken(1),
                    end: at(10_000),
                    remainingMilliseconds: 7_000,
                    isPinned: true,
                    isRevoking: true
                )
        )
        #expect(lease == scene.state.lease(key("db")))
    }
}
