/// One controller's part in consensus: events in, what to do about them out.
///
/// It does no I/O, keeps no log and knows no clock; whoever drives it gives the time and does what the updates say, in
/// their order. Entries and snapshots live with the driver, the core knows their indexes and terms only.
/// Not thread safe: one owner drives it.
package struct RaftCore: ~Copyable {
    /// Who this node is.
    package let server: Server
    /// How it was started.
    package let options: RaftCoreOptions
    /// The voters, fixed at bootstrap.
    package let configuration: ClusterConfiguration
    /// What the start itself asks to be done; handle it like the update of a first step.
    package internal(set) var startUpdate: RaftCoreUpdate

    /// How often each guard has refused or corrected something.
    package internal(set) var guardTrips: GuardTrips

    let handle: CoreHandle
    /// The configuration entry's payload in the core's own encoding.
    let configurationBytes: [UInt8]
    var marks: LogMarks
    var timer: TimerClamp
    /// The newest time seen; it never goes back.
    var now: Milliseconds
    private var health: Health

    private enum Health {
        case running
        /// Why the core cannot be used any more.
        case failed(RaftCoreError)
    }

    /// Starts from what the log store held.
    ///
    /// A new cluster's controller starts with term 1 and the configuration as entry 1 (`DurableState.bootstrap`).
    package init(
        server: Server,
        start: DurableState,
        options: RaftCoreOptions,
        now: Milliseconds
    ) throws(RaftCoreError) {
        let configuration = try start.checkedConfiguration(for: server.id)
        let bytes = try configuration.encodedForCore()
        let handle = try CoreHandle(server: server, configuration: configuration, options: options)
        self = try Self.started(
            RaftCore(
                server: server,
                options: options,
                configuration: configuration,
                configurationBytes: bytes,
                handle: handle,
                now: now
            ),
            from: start
        )
    }

    /// A throwing initializer may not leave a value of this kind half way, hence this detour; for the same reason no
    /// stored property has a default value.
    private static func started(
        _ core: consuming RaftCore,
        from start: DurableState
    ) throws(RaftCoreError) -> RaftCore {
        var core = core
        core.startUpdate = try core.start(from: start)
        return core
    }

    private init(
        server: Server,
        options: RaftCoreOptions,
        configuration: ClusterConfiguration,
        configurationBytes: [UInt8],
        handle: consuming CoreHandle,
        now: Milliseconds
    ) {
        self.server = server
        self.options = options
        self.configuration = configuration
        self.configurationBytes = configurationBytes
        self.handle = handle
        self.now = now
        self.startUpdate = RaftCoreUpdate()
        self.marks = LogMarks()
        self.timer = TimerClamp()
        self.guardTrips = GuardTrips()
        self.health = .running
    }

    /// Takes one event and tells what to do; on an error that is not fatal nothing has changed.
    ///
    /// Time does not go back: an earlier `now` counts as the last one.
    package mutating func step(
        _ event: RaftCoreEvent,
        now: Milliseconds
    ) throws(RaftCoreError) -> RaftCoreUpdate {
        if case .failed(let error) = self.health { throw error }
        self.now = max(self.now, now)
        do {
            let update = try self.take(event)
            self.timer.update(role: self.role, now: self.now)
            return update
        } catch {
            if error.isFatal { self.health = .failed(error) }
            throw error
        }
    }

    private mutating func take(_ event: RaftCoreEvent) throws(RaftCoreError) -> RaftCoreUpdate {
        switch event {
        case .timeout: try self.timeout()
        case .receive(let message, let sender): try self.receive(message, from: sender.id)
        case .submit(let entries): try self.submit(entries)
        case .persistedEntries(let index): try self.persistedEntries(index)
        case .persistedSnapshot(let index): try self.persistedSnapshot(index)
        case .snapshotTaken(let metadata, let trailing): try self.snapshotTaken(metadata, trailing)
        case .transfer(let server): try self.transfer(to: server)
        }
    }

    func isOn(_ guarded: Guards) -> Bool { self.options.guards.contains(guarded) }
}

extension RaftCore {
    /// What this node is in `term`.
    package var role: Role { self.handle.role }
    /// The newest term this node knows.
    package var term: Term { self.handle.term }
    /// Whom this node gave its vote in `term`; `nil` when nobody.
    package var votedFor: ServerID? { self.handle.votedFor }
    /// The leader as far as this node knows; `nil` also on a leader that is handing leadership over.
    package var leader: ServerID? { self.handle.leader }
    /// Up to where the log is decided, also while a snapshot is being installed. Never goes back.
    package var commitIndex: LogIndex {
        let index = self.handle.commitIndex
        return self.isOn(.commitClamp) ? max(index, self.marks.reportedCommit) : index
    }
    /// The last entry of the log, durable or not, or the snapshot's when there is none.
    package var lastIndex: LogIndex { self.handle.lastIndex }
    /// The last index this node reported durable.
    package var persistedIndex: LogIndex { self.marks.persisted }
    /// When to send `.timeout`; read it again after every step.
    package var deadline: Milliseconds {
        let deadline = self.handle.timeout
        guard self.isOn(.timerClamp) else { return deadline }
        return max(deadline, self.timer.earliest(heartbeat: self.options.heartbeatTimeout))
    }
    /// Whether a leader's snapshot waits to be durable: nothing may be applied meanwhile.
    package var isInstallingSnapshot: Bool { self.marks.pendingInstall != nil }
    /// Whom leadership is being handed to.
    package var transferee: ServerID? { self.handle.transferee }
    /// On a leader, how far that server's log is known to be durable and the same as ours.
    package func matchIndex(of server: ServerID) -> LogIndex? { self.handle.matchIndex(of: server) }
}

// Sendable by hand: the core's memory is reached through this value only, which has one owner, and shares nothing with
// another core's since it has no tracer.
extension RaftCore: @unchecked Sendable {}
