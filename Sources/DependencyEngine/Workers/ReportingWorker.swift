/// A worker with something to say about itself, for `Engine.detailedReport(within:)`.
public protocol ReportingWorker: Worker {
    /// What the worker knows of itself, as short names and values; asked from a task of its own while `run` runs.
    ///
    /// Up to 32 entries are kept, names up to 64 bytes and values up to 256.
    @concurrent func report() async -> [String: String]
}
