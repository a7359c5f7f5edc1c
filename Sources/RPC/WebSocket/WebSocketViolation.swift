import NIOWebSocket

/// What the other end did wrong, as it is told in the close frame.
struct WebSocketViolation: Error {
    var code: WebSocketErrorCode
    /// A close frame holds 123 bytes of it.
    var reason: String

    /// The violation an error of the frame decoder stands for.
    init(decoding error: NIOWebSocketError, frameBytes: Int) {
        switch error {
        case .invalidFrameLength: self.init(.messageTooLarge, "a frame may have at most \(frameBytes) bytes")
        case .fragmentedControlFrame: self.init(.protocolError, "a control frame must not be fragmented")
        case .multiByteControlFrameLength: self.init(.protocolError, "a control frame may have at most 125 bytes")
        }
    }

    init(_ code: WebSocketErrorCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
