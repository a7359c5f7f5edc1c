import AgentResources
import NIOConcurrencyHelpers
import RPC
import Synchronization

/// Counts connections and calls; what only a client has named is counted as other. Thread-safe.
final class APIMeter: Sendable {
    /// One method's calls.
    private final class Method: Sendable {
        let name: RPCCallName
        let succeeded = Atomic<UInt64>(0)
        /// By error code, of which there are few: they are all written in this program.
        let failed = NIOLockedValueBox<[String: UInt64]>([:])

        /// Succeeded or failed.
        let times = NIOLockedValueBox(FixedHistogram(bounds: FixedHistogram.calls))

        init(_ name: RPCCallName) { self.name = name }

        func ended(_ result: Result<RPCAnswer, RPCFailure>, after time: Duration) {
            self.times.withLockedValue { $0.record(time.inSeconds) }
            switch result {
            case .success: self.succeeded.wrappingAdd(1, ordering: .relaxed)
            case .failure(let failure):
                self.failed.withLockedValue { $0[failure.code.isEmpty ? "error" : failure.code, default: 0] += 1 }
            }
        }
    }

    /// One kind of connection.
    private final class Endpoint: Sendable {
        let open = Atomic<Int>(0)
        let opened = Atomic<UInt64>(0)
    }

    private let methods: [RPCCallName: Method]
    private let other = Method(RPCCallName(facade: "other", version: 0, method: "other"))
    private let controller = Endpoint()
    private let model = Endpoint()
    private let inFlight = Atomic<Int>(0)

    init(_ registry: FacadeRegistry) {
        let names = registry.list.flatMap { facade in
            facade.methods.keys.map { RPCCallName(facade: facade.name, version: facade.version, method: $0) }
        }
        self.methods = Dictionary(uniqueKeysWithValues: names.map { ($0, Method($0)) })
    }

    // MARK: Connections

    func opened(_ route: APIRoute) {
        let endpoint = self.endpoint(of: route)
        endpoint.open.wrappingAdd(1, ordering: .relaxed)
        endpoint.opened.wrappingAdd(1, ordering: .relaxed)
    }

    func closed(_ route: APIRoute) { self.endpoint(of: route).open.wrappingSubtract(1, ordering: .relaxed) }

    private func endpoint(of route: APIRoute) -> Endpoint {
        switch route {
        case .controller: self.controller
        case .model: self.model
        }
    }

    // MARK: Calls

    /// The same reply, counted once it is given.
    func counting(_ name: RPCCallName, _ reply: RPCReply) -> RPCReply {
        let method = self.methods[name] ?? self.other
        self.inFlight.wrappingAdd(1, ordering: .relaxed)
        let begun = Uptime.sinceBoot()
        return RPCReply { result in
            self.inFlight.wrappingSubtract(1, ordering: .relaxed)
            method.ended(result, after: .sinceBoot() - begun)
            reply.complete(result)
        }
    }

    var statistics: APIStatistics {
        var statistics = APIStatistics()
        statistics.connections = [("controller", self.controller), ("model", self.model)].map { name, endpoint in
            .init(
                endpoint: name,
                open: endpoint.open.load(ordering: .relaxed),
                opened: endpoint.opened.load(ordering: .relaxed)
            )
        }
        statistics.callsInFlight = self.inFlight.load(ordering: .relaxed)
        for method in Array(self.methods.values) + [self.other] {
            func add(_ code: String, _ count: UInt64) {
                let name = method.name
                statistics.calls.append(
                    .init(
                        facade: name.facade,
                        version: name.version,
                        method: name.method,
                        errorCode: code,
                        count: count
                    )
                )
            }
            // Methods nobody has called yet are no series.
            let succeeded = method.succeeded.load(ordering: .relaxed)
            if succeeded > 0 { add("", succeeded) }
            for (code, count) in method.failed.withLockedValue({ $0 }) { add(code, count) }
            let times = method.times.withLockedValue { $0 }
            guard times.count > 0 else { continue }
            let name = method.name
            statistics.times.append(
                .init(facade: name.facade, version: name.version, method: name.method, seconds: times)
            )
        }
        statistics.times.sort { ($0.facade, $0.version, $0.method) < ($1.facade, $1.version, $1.method) }
        statistics.calls.sort {
            ($0.facade, $0.version, $0.method, $0.errorCode) < ($1.facade, $1.version, $1.method, $1.errorCode)
        }
        return statistics
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
