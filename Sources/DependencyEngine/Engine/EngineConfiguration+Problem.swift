extension EngineConfiguration {
    /// What makes no sense in it, in words; nil when all does.
    var problem: String? {
        if self.settleWindow < .zero { return "the settle window of \(self.settleWindow) is negative" }
        if self.startDeadline <= .zero { return "the start deadline of \(self.startDeadline) is not above zero" }
        if self.shutdownDeadline < .zero { return "the shutdown deadline of \(self.shutdownDeadline) is negative" }
        return nil
    }
}
