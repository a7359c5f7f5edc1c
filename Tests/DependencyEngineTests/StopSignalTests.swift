import DependencyEngine
import Testing

@Suite(.timeLimit(.minutes(1))) struct StopSignalTests {
    @Test("drain is heard before stop, and both by everyone who waits")
    func phases() async {
        let (signal, drain, stop) = StopSignal.standalone()
        #expect(!signal.isDraining && !signal.isRequested)
        let drained = (0..<10).map { _ in Task { await signal.drained() } }
        let stopped = (0..<10).map { _ in Task { await signal.wait() } }
        drain()
        for task in drained { await task.value }
        #expect(signal.isDraining && !signal.isRequested)
        stop()
        for task in stopped { await task.value }
        #expect(signal.isDraining && signal.isRequested)
        await signal.wait()
        await signal.drained()
    }

    @Test("a stop without a drain is heard as both")
    func stopOnly() async {
        let (signal, drain, stop) = StopSignal.standalone()
        let waiting = Task { await signal.drained() }
        stop()
        await waiting.value
        drain()
        #expect(signal.isRequested, "a late drain takes nothing back")
    }

    @Test("a cancelled task does not go on waiting, before or after it began")
    func cancellation() async {
        let (signal, _, _) = StopSignal.standalone()
        for _ in 0..<200 {
            let waiting = Task { await signal.wait() }
            if Bool.random() { await Task.yield() }
            waiting.cancel()
            await waiting.value
        }
        #expect(!signal.isRequested)
    }
}
