import HoldfastClient

extension ContenderAnswer {
    /// What an item says.
    init(_ item: AnswerItem, _ reasons: ReasonTable) {
        let outcome: LeaseOutcome =
            switch item.outcome {
            case .applied, .free: .applied
            case .held: .held
            case .refused: .refused
            case .never: .never
            case .unknown, .error: .unknown
            }
        self.init(
            outcome: outcome,
            token: item.token > 0 ? item.token : nil,
            reason: item.reason > 0 ? reasons[item.reason] : nil,
            retryAfter: item.retryAfterMilliseconds < 0 ? nil : .milliseconds(Int64(item.retryAfterMilliseconds)),
            nextRenewal: item.nextRenewalMilliseconds < 0 ? nil : .milliseconds(Int64(item.nextRenewalMilliseconds))
        )
    }
}
