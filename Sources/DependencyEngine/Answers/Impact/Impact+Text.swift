extension Impact {
    /// The impact for people, a line each, without a final newline.
    public var text: String {
        var lines = [self.headline]
        lines += Self.waves("stop", self.stops)
        lines += Self.waves("start", self.starts)
        if !self.emptied.isEmpty {
            var providers: [String: [String]] = [:]
            for input in self.emptied { providers[input.name, default: []].append(input.provider) }
            let users = providers.keys.sorted().map { name in
                providers[name] == [self.name]
                    ? name : "\(name) (\((providers[name] ?? []).joined(separator: ", ")))"
            }
            lines.append("stay up, with an empty handle meanwhile: " + users.joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        let stopping = self.stops.reduce(0) { $0 + $1.count }
        let starting = self.starts.reduce(0) { $0 + $1.count }
        var text =
            stopping == 0
            ? "\(self.name) is \(self.state.rawValue): a bounce stops nothing and starts \(starting)"
            : "a bounce of \(self.name) stops \(stopping) and starts \(starting)"
        if let gap = self.gapInMilliseconds {
            text += "; all ready again after \(self.isLeast ? "at least" : "about") \(TimeText.milliseconds(gap))"
            if let own = self.ownGapInMilliseconds, own != gap {
                text += ", \(self.name) after \(TimeText.milliseconds(own))"
            }
        } else if starting > 0 {
            text += "; how long that takes was never measured"
        }
        return text
    }

    private static func waves(_ what: String, _ waves: [[Step]]) -> [String] {
        waves.enumerated().map { index, wave in
            let steps = wave.map { step in
                step.name + (step.measuredInMilliseconds.map { " (\(TimeText.milliseconds($0)))" } ?? "")
            }
            return "\(what) \(index + 1): " + steps.joined(separator: ", ")
        }
    }
}
