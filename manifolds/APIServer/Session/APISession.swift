import AgentResources
import ClusterIdentity
import DependencyEngine
import Leases
import NIOConcurrencyHelpers
import NIOCore
import RPC

/// One client's connection: who logged in on it, and the calls it waits for.
///
/// Everything but the ends of calls happens on the connection's event loop.
final class APISession: RPCHandler {
    private let connection: RPCConnectionInfo
    private let route: APIRoute
    /// Who this controller was when the connection began, for as long as it lasts.
    private let identity: ControllerIdentity
    private let services: APIServices
    private let registry: FacadeRegistry
    private let state: NIOLockedValueBox<StateMachine>
    /// Leaves with the connection.
    private let origin = Caller()
    /// Leaves with the connection, and when waits end.
    private let waits = Caller()
    private let timer = NIOLockedValueBox<Scheduled<Void>?>(nil)

    init(
        connection: RPCConnectionInfo,
        route: APIRoute,
        services: APIServices,
        registry: FacadeRegistry,
        limits: SessionLimits
    ) {
        self.connection = connection
        self.route = route
        self.identity = services.identity
        self.services = services
        self.registry = registry
        self.state = NIOLockedValueBox(StateMachine(limits: limits, now: .now()))
        services.meter.opened(route)
        self.watchSilence()
        services.gate.add(connection.id) { [state, waits] in
            waits.leave()
            for call in state.withLockedValue({ $0.waitsEnd() }) { call.end(.stopping) }
        }
    }

    // MARK: Requests

    func handle(_ request: RPCRequest, reply: RPCReply) {
        let name = RPCCallName(facade: request.facade, version: request.version, method: request.method)
        let reply = self.services.meter.counting(name, reply)
        guard self.services.gate.isOpen else { return reply.fail(.stopping) }
        guard let caller = self.state.withLockedValue({ $0.caller }) else {
            return Login.isMeant(by: request) ? self.logIn(request, reply) : reply.fail(.notLoggedIn)
        }
        do throws(RPCFailure) {
            let call = FacadeCall(
                parameters: request.params,
                caller: caller,
                model: self.identity.model,
                services: self.services,
                origin: self.origin,
                waits: self.waits,
                eventLoop: self.connection.eventLoop,
                pinged: { [state] in state.withLockedValue { $0.pinged(now: .now()) } }
            )
            switch try self.registry.method(request, for: caller) {
            case .immediate(let answer): reply.succeed(try answer(call))
            case .calling(let begin): try begin(call, reply)
            case .callingWait(let begin): try self.wait(begin, call, reply)
            case .suspending(let answer): self.run(answer, call, isWait: false, reply)
            case .waiting(let answer): self.run(answer, call, isWait: true, reply)
            }
        } catch {
            reply.fail(error)
        }
    }

    func direct(_ call: RPCCallName, _ parameters: UnsafeBufferPointer<UInt8>) -> ((RPCReply) -> Void)? {
        guard self.services.gate.isOpen, let caller = self.state.withLockedValue({ $0.caller }),
            Facade.lease.audience.admits(caller)
        else { return nil }
        let begin = LeaseFacade.direct(
            call,
            parameters,
            model: self.identity.model,
            for: self.origin,
            self.services
        )
        let meter = self.services.meter
        return begin.map { begin in { begin(meter.counting(call, $0)) } }
    }

    private func logIn(_ request: RPCRequest, _ reply: RPCReply) {
        do throws(RPCFailure) {
            let caller = try Login(request.params)
                .caller(among: self.identity, certificate: self.connection.peerCertificate)
            if case .model(let model) = self.route, model != self.identity.model {
                throw .unknownModel(model)
            }
            self.state.withLockedValue { $0.loggedIn(as: caller, now: .now()) }
            // The timer may be asleep beyond the end an agent's silence has now.
            self.watchSilence()
            let welcome = Login.welcome(
                caller,
                route: self.route,
                identity: self.identity,
                version: self.services.version,
                registry: self.registry
            )
            reply.succeed(self.services.withGlobalTime(.object(welcome)))
        } catch {
            reply.fail(error)
            if self.state.withLockedValue({ $0.loginFailed() }) { self.connection.close("too many failed logins") }
        }
    }

    /// Begins a call that waits without a task; whoever answers it first, its facade or the end of waits, ends it.
    private func wait(
        _ begin: (FacadeCall, RPCReply) throws(RPCFailure) -> Void,
        _ call: FacadeCall,
        _ reply: RPCReply
    ) throws(RPCFailure) {
        guard let number = self.state.withLockedValue({ $0.callBegins(isWait: true) }) else { throw .stopping }
        let tracked = RPCReply { [state] result in
            state.withLockedValue { $0.callEnded(number) }
            reply.complete(result)
        }
        if !self.state.withLockedValue({ $0.callStarted(number, .answer(tracked)) }) {
            return tracked.fail(.stopping)
        }
        do throws(RPCFailure) {
            try begin(call, tracked)
        } catch {
            tracked.fail(error)
        }
    }

    /// Runs a call that waits in a task of its own, which the end of the connection cancels.
    private func run(
        _ answer: @escaping @Sendable (FacadeCall) async throws(RPCFailure) -> JSONValue,
        _ call: FacadeCall,
        isWait: Bool,
        _ reply: RPCReply
    ) {
        guard let number = self.state.withLockedValue({ $0.callBegins(isWait: isWait) }) else {
            return reply.fail(.stopping)
        }
        let (state, gate) = (self.state, self.services.gate)
        let task = Task {
            do throws(RPCFailure) {
                reply.succeed(try await answer(call))
            } catch {
                // A wait cut short by a stop is better asked again elsewhere.
                reply.fail(error == .cancelled && !gate.isOpen ? .stopping : error)
            }
            state.withLockedValue { $0.callEnded(number) }
        }
        if !self.state.withLockedValue({ $0.callStarted(number, .cancel(task)) }) { task.cancel() }
    }

    // MARK: The end

    func connectionClosed() {
        self.services.gate.remove(self.connection.id)
        self.services.meter.closed(self.route)
        self.timer.withLockedValue { timer in
            timer?.cancel()
            timer = nil
        }
        self.origin.leave()
        self.waits.leave()
        for call in self.state.withLockedValue({ $0.connectionClosed() }) { call.end(.cancelled) }
    }

    /// Keeps the connection's one timer at the instant its silence becomes too long.
    private func watchSilence() {
        switch self.state.withLockedValue({ $0.timerFired(now: .now()) }) {
        case .sleep(let deadline):
            let next = self.connection.eventLoop.scheduleTask(deadline: deadline) { [weak self] in
                self?.watchSilence()
                return
            }
            let last = self.timer.withLockedValue { timer in
                defer { timer = next }
                return timer
            }
            last?.cancel()
        case .closeConnection(let reason):
            self.connection.close(reason)
        case .none:
            let last = self.timer.withLockedValue { timer in
                defer { timer = nil }
                return timer
            }
            last?.cancel()
        }
    }
}

extension APISession.StateMachine.Ending {
    /// Ends the call; called outside of every lock.
    fileprivate func end(_ failure: RPCFailure) {
        switch self {
        case .cancel(let task): task.cancel()
        case .answer(let reply): reply.fail(failure)
        }
    }
}
