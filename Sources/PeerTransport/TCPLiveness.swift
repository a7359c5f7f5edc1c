import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes the kernel give up a connection whose other end is gone without a word.
enum TCPLiveness {
    /// Sent bytes unacknowledged for `amount` end the connection; without it a lost host is noticed after many minutes.
    static func apply(_ amount: TimeAmount, to channel: any Channel) {
        #if os(Linux)
            let option = ChannelOptions.Types.SocketOption(
                level: .tcp,
                name: .init(rawValue: CInt(TCP_USER_TIMEOUT))
            )
            // Channels that are no TCP sockets, as in tests, do not have it, and do not need it.
            channel.setOption(option, value: Int(clamping: amount.nanoseconds / 1_000_000)).whenFailure { _ in }
        #endif
    }
}
