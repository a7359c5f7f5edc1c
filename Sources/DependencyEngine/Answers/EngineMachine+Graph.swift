extension EngineMachine {
    /// The graph with its live state; arrows lead from a provider to what needs it.
    func graph(_ format: GraphFormat, now: Duration = .zero) -> String {
        switch format {
        case .dot: self.dot()
        case .mermaid: self.mermaid()
        case .svg: GraphDrawing.svg(self.picture(now: max(now, self.now)))
        }
    }

    /// Names in use, sorted, so that one graph always gives one text.
    func drawn() -> [ManifoldID] {
        self.nodes.indices
            .filter { id in
                self.nodes[id].declaration != nil || !self.nodes[id].dependents.isEmpty
                    || !self.nodes[id].deferredDependents.isEmpty
            }
            .sorted { self.nodes[$0].name < self.nodes[$1].name }
    }

    private func dot() -> String {
        var lines = [
            "digraph engine {", "  rankdir=LR;",
            "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];",
        ]
        let drawn = self.drawn()
        for id in drawn {
            let state = self.manifoldState(id)
            let name = Self.dotEscaped(self.nodes[id].name)
            let origin = self.nodes[id].declaration?.origin.map { "\\n" + Self.dotEscaped($0) } ?? ""
            lines.append(
                "  \"\(name)\" [label=\"\(name)\\n\(state.rawValue)\(origin)\", fillcolor=\"\(state.lightFill)\"];"
            )
        }
        for id in drawn {
            for input in self.inSight(id) {
                let style =
                    switch input.kind {
                    case .required: ""
                    case .optional: " [style=dotted, label=\"\(Self.dotEscaped(self.label(of: input)))\"]"
                    case .deferred: " [style=dashed, label=\"deferred\", constraint=false]"
                    }
                let provider = Self.dotEscaped(self.nodes[input.provider].name)
                lines.append("  \"\(provider)\" -> \"\(Self.dotEscaped(self.nodes[id].name))\"\(style);")
            }
        }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    private func mermaid() -> String {
        var lines = ["flowchart LR"]
        let drawn = self.drawn()
        var keys: [ManifoldID: String] = [:]
        for (index, id) in drawn.enumerated() {
            let state = self.manifoldState(id)
            keys[id] = "m\(index)"
            let origin = self.nodes[id].declaration?.origin.map { "<br/>" + Self.mermaidEscaped($0) } ?? ""
            lines.append(
                "  m\(index)[\"\(Self.mermaidEscaped(self.nodes[id].name))<br/>\(state.rawValue)\(origin)\"]:::\(state.mermaidClass)"
            )
        }
        var optionalLinks: [String] = []
        var link = 0
        for id in drawn {
            for input in self.inSight(id) {
                guard let from = keys[input.provider], let to = keys[id] else { continue }
                switch input.kind {
                case .required: lines.append("  \(from) --> \(to)")
                case .optional:
                    lines.append("  \(from) -->|\(Self.mermaidQuoted(self.label(of: input)))| \(to)")
                    optionalLinks.append("\(link)")
                case .deferred: lines.append("  \(from) -.->|deferred| \(to)")
                }
                link += 1
            }
        }
        if !optionalLinks.isEmpty {
            lines.append("  linkStyle \(optionalLinks.joined(separator: ",")) stroke-dasharray:1 4")
        }
        for state in ManifoldState.allCases {
            lines.append("  classDef \(state.mermaidClass) fill:\(state.lightFill),stroke:#555,color:#111")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func label(of input: MachineNode.Input) -> String {
        self.groupName(input).map { "group \($0)" } ?? (input.isLive ? "live" : "optional")
    }

    /// Plain words need no quotes, and names of groups may hold anything.
    private static func mermaidQuoted(_ label: String) -> String {
        label.allSatisfy { $0.isASCII && $0.isLetter } ? label : "\"\(Self.mermaidEscaped(label))\""
    }

    private static func dotEscaped(_ name: String) -> String {
        self.escaped(name) { $0 == "\"" || $0 == "\\" ? "\\\($0)" : nil }
    }

    private static func mermaidEscaped(_ name: String) -> String {
        self.escaped(name) { scalar in
            switch scalar {
            case "\"": "#quot;"
            case "<": "#lt;"
            case ">": "#gt;"
            case "#": "#35;"
            default: nil
            }
        }
    }

    /// Scalar by scalar, as who reads it does: a quotation mark with an accent on it is still one.
    private static func escaped(_ name: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        var escaped = ""
        for scalar in name.unicodeScalars {
            if let replacement = replacement(scalar) {
                escaped += replacement
            } else {
                escaped.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }
}

extension ManifoldState {
    fileprivate var mermaidClass: String {
        self == .backingOff ? "backingOff" : self.rawValue
    }
}
