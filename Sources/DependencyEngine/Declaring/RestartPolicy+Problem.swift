extension RestartPolicy {
    /// What makes no sense in it, in words; nil when all does.
    var problem: String? {
        if self.firstDelay < .zero { return "a restart's first delay of \(self.firstDelay) is negative" }
        if self.maximumDelay < .zero { return "a restart's maximum delay of \(self.maximumDelay) is negative" }
        if self.healthyAfter < .zero { return "the healthy time of \(self.healthyAfter) is negative" }
        // Written so that NaN is refused too.
        guard self.factor >= 1, self.factor.isFinite else {
            return "a restart's factor of \(self.factor) is not 1 or more"
        }
        guard self.jitter >= 0, self.jitter <= 1 else {
            return "a restart's jitter of \(self.jitter) is not within 0 and 1"
        }
        if self.budget < 1 {
            return "a budget of \(self.budget) failures is less than 1, which is to give up at the first"
        }
        return nil
    }
}

extension MachineDeclaration {
    /// A deadline in the past, in words.
    var deadlineProblem: String? {
        if self.deadlines.graceful < .zero || self.deadlines.cancelled < .zero {
            return "a deadline for its stop is negative: \(self.deadlines.graceful), then \(self.deadlines.cancelled)"
        }
        if let deadline = self.startDeadline, deadline <= .zero {
            return "its start deadline of \(deadline) is not above zero"
        }
        if let deadline = self.readiness.deadline, deadline < .zero {
            return "its deadline of \(deadline) to be ready is negative"
        }
        if let deadline = self.drainDeadline, deadline < .zero {
            return "its drain deadline of \(deadline) is negative"
        }
        return nil
    }
}
