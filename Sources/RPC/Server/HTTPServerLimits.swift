package import NIOCore

/// How much of the server's memory and patience clients may have.
package struct HTTPServerLimits: Sendable, Hashable {
    /// Of all headers of a request together, in bytes; more is answered 431.
    package var requestHeadBytes = 16 * 1024
    /// Of a request's body, in bytes; more is answered 413.
    package var requestBodyBytes = 64 * 1024
    /// Of one WebSocket frame, in bytes; more closes the connection with 1009.
    package var frameBytes = 1 << 20
    /// Of one message, however many frames it came in, in bytes; more closes the connection with 1009.
    package var messageBytes = 1 << 20
    /// How many frames one message may be cut into.
    package var fragments = 1_024
    /// Of a request's JSON.
    package var jsonDepth = 64
    /// Connections beyond it get 503 unless they show a controller's certificate; far beyond it they are just closed.
    package var connections = 16_000
    /// Requests of one connection that are not answered yet, long polls included; beyond it the connection is not read.
    package var concurrentRequests = 1_024
    /// Of the TLS handshake and first request together.
    package var firstRequestTimeout = TimeAmount.seconds(10)
    /// Between two plain requests of one connection.
    package var keepAliveTimeout = TimeAmount.seconds(75)
    /// A WebSocket connection that was silent this long is sent a ping, and is closed when silent as long again.
    package var pingInterval = TimeAmount.seconds(60)
    /// A client that does not read its answers is closed after this.
    package var slowReaderTimeout = TimeAmount.seconds(30)
    /// How long the other end may take to answer a WebSocket close.
    package var closeTimeout = TimeAmount.seconds(2)
    /// Answers a client has not read: reading from it stops above `high` bytes and goes on below `low`.
    package var writeBufferLow = 64 * 1024
    package var writeBufferHigh = 256 * 1024

    package init() {}
}
