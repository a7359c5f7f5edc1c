import GRDB

// GRDB's own accessors trap on a value of another type; in a damaged file there may be any.

extension Row {
    /// The value in column `index`, which the schema makes a `Value`.
    func value<Value: DatabaseValueConvertible>(_ type: Value.Type, at index: Int) throws(ColumnError) -> Value {
        let stored: DatabaseValue = self[index]
        guard let value = Value.fromDatabaseValue(stored) else { throw ColumnError(index: index) }
        return value
    }

    /// The value in column `index`, `nil` when there is none.
    func optional<Value: DatabaseValueConvertible>(_ type: Value.Type, at index: Int) throws(ColumnError) -> Value? {
        let stored: DatabaseValue = self[index]
        return stored.isNull ? nil : try self.value(type, at: index)
    }
}

/// A column holds a value of another type than its table says.
struct ColumnError: Error, CustomStringConvertible {
    var index: Int

    var description: String { "column \(self.index) has a value of the wrong type" }
}
