import Glibc

/// Names the running seeds when the process dies of a signal: the core is a C library and may take everything with it.
enum CrashReport {
    /// One slot a running seed, 0 when free. Only ever written by `running`, read by the signal handler, which may see
    /// a seed too many or too few and does not mind.
    private nonisolated(unsafe) static let slots = {
        let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
        slots.initialize(repeating: 0, count: 64)
        return slots
    }()

    /// Runs `body` with the seed in a slot of its own.
    static func running<Value>(_ seed: UInt64, _ body: () -> Value) -> Value {
        let slot = Int(seed % 64)
        self.slots[slot] = seed
        defer { self.slots[slot] = 0 }
        return body()
    }

    /// Begins to watch for deadly signals.
    static func install() {
        _ = self.slots
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGTRAP, SIGFPE] {
            signal(number) { number in
                CrashReport.report()
                // Dies of the same signal, now unhandled.
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// Writes with nothing but `write(2)`: anything else may wait for what the signal interrupted.
    private static func report() {
        self.put("simulate: crashed; repeat with --seed and one of:")
        for slot in 0..<64 where self.slots[slot] != 0 {
            self.put(" ")
            self.put(self.slots[slot])
        }
        self.put("\n")
    }

    private static func put(_ text: StaticString) { _ = write(2, text.utf8Start, text.utf8CodeUnitCount) }

    private static func put(_ number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            var digit = UInt8(48 + number / divisor % 10)
            _ = write(2, &digit, 1)
            divisor /= 10
        }
    }
}
