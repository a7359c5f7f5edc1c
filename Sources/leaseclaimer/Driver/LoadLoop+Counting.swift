extension LoadLoop {
    /// Counts what was answered, from when it should have been sent. Whether a grant is of use the workload knows.
    func count(_ call: Call, _ items: [AnswerItem], _ now: Instant) {
        let took = now - call.intended
        self.operations += items.count
        let index = Int(call.operation.rawValue)
        for item in items {
            let outcome: LatencyTable.Outcome
            switch item.outcome {
            case .applied, .free:
                outcome = .granted
                if call.operation.countsLatency { self.tallies[index].granted.record(took) }
            case .held:
                outcome = .held
                self.tallies[index].held += 1
            case .refused, .never, .error:
                outcome = item.outcome == .never ? .never : .refused
                self.tallies[index].refuse(item.reason)
                if call.operation.countsLatency { self.tallies[index].refusals.record(took) }
            case .unknown:
                outcome = .unknown
                self.tallies[index].unknown += 1
            }
            if call.operation.countsLatency { self.latencies.record(call.operation, outcome, took) }
        }
    }

    /// Counts operations that were granted in time to be of use.
    func countGoodput(_ operation: Operation, _ count: Int = 1) {
        self.tallies[Int(operation.rawValue)].goodput += count
    }

    /// Counts what was not answered, or refused as a whole.
    func count(_ call: Call, _ failure: CallFailure, _ now: Instant) {
        let took = now - call.intended
        let index = Int(call.operation.rawValue)
        switch failure.kind {
        case .refused:
            let reason = self.reasons.number(of: failure.reason)
            self.operations += call.count
            for _ in 0..<call.count { self.tallies[index].refuse(reason) }
            if call.operation.countsLatency {
                self.tallies[index].refusals.record(took, times: call.count)
                self.latencies.record(call.operation, .refused, took, times: call.count)
            }
        case .timedOut, .connectionLost:
            self.tallies[index].unknown += call.count
            if call.operation.countsLatency {
                self.latencies.record(call.operation, .failed, took, times: call.count)
            }
        }
    }

    /// What was counted since last asked.
    func harvest() -> LoopSecond {
        var second = LoopSecond()
        for operation in Operation.allCases where operation != .login && operation != .ping {
            let tally = self.tallies[Int(operation.rawValue)]
            guard tally != ClassTally() else { continue }
            second.classes[operation.name] = LoopSecond.Counted(tally, reasons: self.reasons)
            self.tallies[Int(operation.rawValue)] = ClassTally()
        }
        second.connections = self.openLanes
        second.outstanding = self.calls.count
        self.workload?.describe(&second)
        return second
    }
}
