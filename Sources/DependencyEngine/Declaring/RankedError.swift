/// An error that says how it compares with others when several end the engine together.
///
/// `Engine.run` throws the one of the highest rank, and the first of those; the rest are logged and are in
/// `Engine.endings`. An error that is not ranked has rank 0. Also asked of the last error of a manifold whose spent
/// budget ends the engine.
public protocol RankedError: Error {
    /// The higher, the rather it is thrown.
    var rank: Int { get }
}
