extension Engine {
    /// The engine's version; a plugin built for another one is refused.
    public static var version: String { "0.3.0" }
}
