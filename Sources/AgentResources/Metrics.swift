/// What a scrape of this controller's metrics gets. Thread-safe.
package protocol MetricsPage: Sendable {
    /// The page's HTTP content type.
    var contentType: String { get }
    /// How everything stood at most a moment ago; quick, and bounded in size.
    var bytes: [UInt8] { get }
}
