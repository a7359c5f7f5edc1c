internal import CRaft

extension RaftCoreError {
    /// What a non-zero result of the core means for the caller.
    init(coreResult: Int32, detail: String, doing what: String) {
        let reason = detail.isEmpty ? String(cString: raft_strerror(coreResult)) : detail
        switch Int(coreResult) {
        case RAFT_NOTLEADER:
            self.init(.notLeader, "\(what): not the leader", remedy: "ask the leader")
        case RAFT_BADID, RAFT_NOTFOUND:
            self.init(.noSuchServer, "\(what): \(reason)", remedy: "name another voter of this cluster")
        case RAFT_SHUTDOWN:
            self.init(
                .conflictingHistory,
                "\(what): what the leader sent contradicts entries already committed here",
                remedy: "stop this controller for good and replace it by one with a new id and an empty directory"
            )
        case RAFT_NOMEM:
            self.init(.outOfMemory, "\(what): out of memory", remedy: "give the process more memory and restart it")
        default:
            self.init(.failed, "\(what): \(reason) (code \(coreResult))", remedy: "restart this controller")
        }
    }

    static func badMessage(_ message: String, from server: ServerID) -> RaftCoreError {
        RaftCoreError(
            .badMessage,
            "controller \(server) sent \(message)",
            remedy: "the message was dropped; if it goes on, compare the versions of the controllers"
        )
    }

    static func badEvent(_ message: String) -> RaftCoreError {
        RaftCoreError(.badEvent, message, remedy: "this is a fault of the program that drives consensus: report it")
    }

    static func badStart(_ message: String, remedy: String) -> RaftCoreError {
        RaftCoreError(.badStart, message, remedy: remedy)
    }
}
