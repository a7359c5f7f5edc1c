import NIOCore
import NIOSSL

/// A loop as other threads may hold it: everything is done on the loop itself.
struct LoopHandle: Sendable {
    let eventLoop: any EventLoop
    private let bound: NIOLoopBound<LoadLoop>

    /// Makes a loop with its connections and workload; nothing is dialled yet.
    static func make(
        _ number: Int,
        on eventLoop: any EventLoop,
        options: LoadOptions,
        target: LoadTarget,
        tls: NIOSSLContext,
        start: Instant
    ) async throws -> LoopHandle {
        let bound = try await eventLoop.submit {
            NIOLoopBound(
                LoadLoop.make(number, on: eventLoop, options: options, target: target, tls: tls, start: start),
                eventLoop: eventLoop
            )
        }.get()
        return LoopHandle(eventLoop: eventLoop, bound: bound)
    }

    private init(eventLoop: any EventLoop, bound: NIOLoopBound<LoadLoop>) {
        self.eventLoop = eventLoop
        self.bound = bound
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable (LoadLoop) -> Value) async throws -> Value {
        let bound = self.bound
        return try await self.eventLoop.submit { body(bound.value) }.get()
    }
}

extension LoadLoop {
    fileprivate static func make(
        _ number: Int,
        on eventLoop: any EventLoop,
        options: LoadOptions,
        target: LoadTarget,
        tls: NIOSSLContext,
        start: Instant
    ) -> LoadLoop {
        var isJuju = false
        if case .juju = options.kind { isJuju = true }
        let loop = LoadLoop(
            eventLoop,
            settings: Settings(
                controllers: target.controllers,
                tls: tls,
                serverName: target.caCertificate == nil ? nil : "juju-apiserver",
                path: target.path,
                dials: options.dials,
                dialAttempts: isJuju ? 5 : nil
            ),
            writer: RequestWriter(
                names: LeaseNames(prefix: options.prefix, runID: options.runID),
                namespace: options.namespace,
                seed: .random(in: .min ... .max)
            ),
            seed: .random(in: .min ... .max)
        )
        let lanes = options.lanes(of: number, controllers: target.controllers.count)
        let login = SystemCalls.login(tag: target.account, token: target.token)
        for index in 0..<lanes {
            var (position, login) = (index * options.threads + number, login)
            if case .juju(let units, _, _) = options.kind {
                position = JujuWorkload.number(units[index])
                login = SystemCalls.login(tag: JujuWorkload.tag(units[index]), token: target.token)
            }
            loop.lanes.append(Lane(Int32(index), loop: loop, first: position, login: login, isAgent: isJuju))
        }
        loop.workload = loop.workload(number, options, lanes: lanes, start: start)
        return loop
    }

    private func workload(_ number: Int, _ options: LoadOptions, lanes: Int, start: Instant) -> any Workload {
        switch options.kind {
        case .contend(let plan, let contenders, let steps):
            let share = ContenderWorkload.Share(
                loop: number,
                loops: options.threads,
                leases: options.leases(of: number),
                contenders: contenders,
                bulk: options.bulk,
                lanes: lanes,
                hasOwnLanes: options.sharing == .perContender
            )
            let lines = options.lines.map { self.lines($0, options.prefix, start, plan.claimTime, plan.renewTime) }
            return ContenderWorkload(loop: self, share: share, plan: plan, steps: steps, lines: lines)
        case .open(var plan):
            plan.loop = number
            return OpenWorkload(loop: self, plan: plan, now: .now)
        case .juju(let units, let claimTime, let renewTime):
            return JujuWorkload(
                loop: self,
                units: units,
                claimTime: claimTime,
                renewTime: renewTime,
                start: start,
                lines: self.lines(options.lines ?? .verbose, options.prefix, start, claimTime, renewTime)
            )
        }
    }

    private func lines(
        _ form: LineWriter.Form,
        _ prefix: String,
        _ start: Instant,
        _ claimTime: TimeSpan,
        _ renewTime: TimeSpan
    ) -> LineWriter {
        LineWriter(form, prefix: prefix, start: start, claimTime: claimTime, renewTime: renewTime) { line, isError in
            Terminal.write(line + "\n", isError: isError)
        }
    }

    /// Dials what must be there at the start; returns how many that are.
    func dialFirst(now: Instant) -> Int {
        if self.workload is JujuWorkload { return 0 }
        guard let workload = self.workload as? ContenderWorkload, workload.share.hasOwnLanes else {
            for lane in self.lanes { lane.dial(now: now) }
            return self.lanes.count
        }
        let first = self.lanes.indices.filter { workload.isFirst($0) }
        for index in first { self.lanes[index].dial(now: now) }
        return first.count
    }
}
