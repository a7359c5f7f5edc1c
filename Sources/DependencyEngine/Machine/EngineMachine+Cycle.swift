extension EngineMachine {
    /// Refuses declarations that would close a cycle of required or optional inputs.
    ///
    /// A new cycle passes through a new manifold, so only what those reach is walked. Names that nobody installed yet
    /// have no inputs; a cycle over them is found when they come.
    func checkCycles(_ declarations: [MachineDeclaration], without leaving: Set<ManifoldID>) throws(InstallError) {
        let added = Dictionary(uniqueKeysWithValues: declarations.map { ($0.name, $0) })
        var joining: [String: [String]] = [:]
        for declaration in self.pending(without: leaving) + declarations {
            for edge in declaration.joins { joining[edge.group, default: []].append(declaration.name) }
        }
        func providers(of name: String) -> [String] {
            let declaration = added[name] ?? self.futureDeclaration(name, without: leaving)
            guard let declaration else { return [] }
            var names = declaration.edges.filter { $0.kind != .deferred }.map(\.name)
            for edge in declaration.collects {
                names += self.memberNames(of: edge.group, without: leaving) + (joining[edge.group] ?? [])
            }
            return names
        }
        guard Self.hasCycle(from: declarations.map(\.name), providers: providers) else { return }
        for name in added.keys.sorted() {
            guard let path = Self.shortestCycle(through: name, providers: providers) else { continue }
            // The same cycle always reads the same: it begins at its smallest name, whichever was installed last.
            let smallest = path.indices.min { path[$0] < path[$1] } ?? path.startIndex
            let turned = path[smallest...] + path[..<smallest] + [path[smallest]]
            throw .cycle(
                turned.map { name in
                    let site = (added[name] ?? self.futureDeclaration(name, without: leaving))?.site
                    return InstallError.Step(name: name, site: site ?? "not installed")
                }
            )
        }
    }

    private static func hasCycle(from roots: [String], providers: (String) -> [String]) -> Bool {
        var isDone: [String: Bool] = [:]
        for root in roots where isDone[root] == nil {
            isDone[root] = false
            var stack = [(name: root, rest: providers(root)[...])]
            while let top = stack.last {
                guard let next = top.rest.first else {
                    isDone[top.name] = true
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].rest.removeFirst()
                switch isDone[next] {
                case false: return true
                case true: continue
                case nil:
                    isDone[next] = false
                    stack.append((next, providers(next)[...]))
                }
            }
        }
        return false
    }

    /// The shortest cycle through `start`, as the names on it; of several the alphabetically first.
    private static func shortestCycle(through start: String, providers: (String) -> [String]) -> [String]? {
        var cameFrom: [String: String] = [:]
        var layer = [start]
        while !layer.isEmpty {
            var next: [String] = []
            for name in layer {
                for provider in providers(name).sorted() {
                    if provider == start {
                        var path = [name]
                        while path[path.count - 1] != start, let previous = cameFrom[path[path.count - 1]] {
                            path.append(previous)
                        }
                        return path.reversed()
                    }
                    guard cameFrom[provider] == nil else { continue }
                    cameFrom[provider] = name
                    next.append(provider)
                }
            }
            layer = next
        }
        return nil
    }
}
