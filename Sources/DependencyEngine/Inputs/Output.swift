/// What one start of a manifold provides, without its type.
///
/// A box and not an `any Sendable`: taking the value out is a comparison of classes, exact also for optionals and
/// protocol types, where a dynamic cast would search conformances on each use of a deferred handle.
protocol Output: AnyObject, Sendable {}

extension Output {
    /// The value, unless it is of another type; install checks that it is not.
    func value<Value: Sendable>(as type: Value.Type) -> Value? {
        (self as? TypedOutput<Value>)?.value
    }
}

/// What one start of a manifold provides.
final class TypedOutput<Value: Sendable>: Output {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
