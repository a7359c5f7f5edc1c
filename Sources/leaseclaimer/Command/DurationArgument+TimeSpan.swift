import CommandArguments

extension DurationArgument {
    var timeSpan: TimeSpan { .milliseconds(self.milliseconds) }
}
