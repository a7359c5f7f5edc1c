/// How large a message may be; the same on all controllers.
package struct MessageLimits: Hashable, Sendable {
    /// Bytes of one encoded message. A snapshot travels whole, so this also limits its size.
    package var maximumBytes: Int
    /// Entries of one `appendEntries`.
    package var maximumEntries: Int

    package init(maximumBytes: Int = 256 << 20, maximumEntries: Int = 65_536) {
        self.maximumBytes = maximumBytes
        self.maximumEntries = maximumEntries
    }
}
