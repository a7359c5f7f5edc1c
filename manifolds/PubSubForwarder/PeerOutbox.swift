import DequeModule
import NIOConcurrencyHelpers
import NIOCore

/// Frames on their way to one peer, bounded in number and bytes. Thread-safe.
///
/// Without a connection frames are dropped at once: who asks gets no answer and asks again, and nothing old is sent to a
/// peer that comes back. With one they wait for it to be writable, up to the bounds. Every loss is counted.
final class PeerOutbox: Sendable {
    private struct State: Sendable {
        var frames: Deque<ByteBuffer> = []
        var bytes = 0
        var sent: UInt64 = 0
        var dropped: UInt64 = 0
        /// Makes the connection take frames; `nil` without one.
        var wake: (@Sendable () -> Void)?
        /// The connection the wake belongs to.
        var connection: UInt64 = 0
        /// True while a wake is on its way, so that a burst needs one.
        var isAwake = false
    }

    private let frameLimit: Int
    private let byteLimit: Int
    private let state = NIOLockedValueBox(State())

    init(frames: Int = 8_192, bytes: Int = 8 << 20) {
        self.frameLimit = frames
        self.byteLimit = bytes
    }

    /// Frames that wait, were taken by connections, or lost.
    var counts: (waiting: Int, sent: UInt64, dropped: UInt64) {
        self.state.withLockedValue { ($0.frames.count, $0.sent, $0.dropped) }
    }

    /// True while a connection takes frames.
    var isOpen: Bool { self.state.withLockedValue { $0.wake != nil } }

    /// Queues a frame; it is dropped when there is no connection or no room.
    func append(_ frame: ByteBuffer) {
        let wake = self.state.withLockedValue { state -> (@Sendable () -> Void)? in
            guard let wake = state.wake, state.frames.count < self.frameLimit,
                state.bytes + frame.readableBytes <= self.byteLimit
            else {
                state.dropped += 1
                return nil
            }
            state.frames.append(frame)
            state.bytes += frame.readableBytes
            guard !state.isAwake else { return nil }
            state.isAwake = true
            return wake
        }
        wake?()
    }

    /// Counts a frame that could not even be made.
    func drop() { self.state.withLockedValue { $0.dropped += 1 } }

    /// A connection is there; returns its number for `close`.
    func open(wake: @escaping @Sendable () -> Void) -> UInt64 {
        self.state.withLockedValue { state in
            state.wake = wake
            state.connection += 1
            state.isAwake = false
            return state.connection
        }
    }

    /// That connection is gone, and with it what waited.
    func close(_ connection: UInt64) {
        self.state.withLockedValue { state in
            guard state.connection == connection else { return }
            state.wake = nil
            state.dropped += UInt64(state.frames.count)
            state.frames = []
            state.bytes = 0
        }
    }

    /// Takes the next frame for the connection; `nil` lets the next `append` wake it again.
    func next() -> ByteBuffer? {
        self.state.withLockedValue { state in
            guard let frame = state.frames.popFirst() else {
                state.isAwake = false
                return nil
            }
            state.bytes -= frame.readableBytes
            state.sent += 1
            return frame
        }
    }
}
