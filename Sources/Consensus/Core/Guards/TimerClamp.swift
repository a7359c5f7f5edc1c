/// Lets a leader's timer run once a heartbeat and not more often.
///
/// Each run drops every follower that was silent since the run before to probing and sends its window again, so runs in
/// quick succession throw the pipeline away; and a server that is never sent anything would make the core ask for a run
/// at once, for ever.
struct TimerClamp {
    /// When the timer ran last, or this node became leader; `nil` while it is none.
    private var last: Milliseconds?

    /// Notes the role after a step.
    mutating func update(role: Role, now: Milliseconds) {
        if role != .leader {
            self.last = nil
        } else if self.last == nil {
            self.last = now
        }
    }

    mutating func ran(at now: Milliseconds) {
        if self.last != nil { self.last = now }
    }

    /// Before when the timer must not run.
    func earliest(heartbeat: Milliseconds) -> Milliseconds { self.last.map { $0 + heartbeat } ?? 0 }
}
