/// Says what becomes of each claim and extension, a line each.
struct ContenderLines {
    let writer: LineWriter
    private var heldSince: [Int32: Instant] = [:]

    init(writer: LineWriter) { self.writer = writer }

    mutating func tell(
        _ call: Call,
        _ item: AnswerItem,
        lease: Int,
        contender: Int,
        _ index: Int32,
        now: Instant
    ) {
        let application = "\(self.writer.prefix)-\(lease)"
        let unit = "\(application)/\(contender)"
        let took = now - call.sent
        let held = now - (self.heldSince[index] ?? now)
        switch (call.operation, item.outcome) {
        case (.claim, .applied):
            self.heldSince[index] = now
            self.writer.claimed(application, unit, took, at: now)
        case (.claim, .held): self.writer.denied(application, unit, took, at: now)
        case (.extend, .applied): self.writer.extended(application, unit, took, held: held, at: now)
        case (.extend, .held): self.writer.lost(application, unit, held: held, took, at: now)
        default: break
        }
    }
}
