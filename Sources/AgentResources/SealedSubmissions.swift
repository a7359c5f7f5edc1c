/// What goes into one log entry.
package struct SealedSubmissions: Sendable {
    /// Operations in the order they are to be applied, then reads.
    package var submissions: [Submission]
    /// By how much the entry is to lengthen extensions, so that holders come back later; 100 is not at all.
    package var stretchPercent: Int

    package init(submissions: [Submission] = [], stretchPercent: Int = 100) {
        self.submissions = submissions
        self.stretchPercent = stretchPercent
    }

    /// Without the reads.
    package var operationCount: Int {
        self.submissions.count { if case .apply = $0.request { true } else { false } }
    }
}
