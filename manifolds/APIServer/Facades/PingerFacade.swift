import RPC

extension Facade {
    /// `Pinger` version 1: how an agent shows that it lives.
    static let pinger = Facade(
        name: "Pinger",
        version: 1,
        audience: .everyone,
        methods: [
            "Ping": .immediate { call throws(RPCFailure) in
                call.pinged()
                return .object(JSONObject())
            }
        ]
    )
}
