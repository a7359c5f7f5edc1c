/// A JSON object that keeps its members in order.
///
/// Messages have few members, so members lie in an array and a lookup is a linear scan: O(members), no hashing. Two
/// objects are equal when they have equal members in the same order.
package struct JSONObject: Hashable, Sendable {
    /// One name and its value.
    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// All members in order; no key occurs twice.
    package private(set) var members: [Member]

    package init() { self.members = [] }

    /// Takes members whose keys are known to differ.
    init(unchecked members: [Member]) { self.members = members }

    init(literal elements: [(String, JSONValue)]) {
        self.members = []
        self.members.reserveCapacity(elements.count)
        for (key, value) in elements {
            precondition(self[key] == nil, "the key \"\(key)\" stands twice in a literal")
            self.members.append(Member(key: key, value: value))
        }
    }

    /// How many members there are.
    package var count: Int { self.members.count }
    /// True without members.
    package var isEmpty: Bool { self.members.isEmpty }
    /// The names, in order.
    package var keys: [String] { self.members.map(\.key) }

    /// The value of `key`; setting `nil` removes the member, setting a new key appends it.
    package subscript(key: String) -> JSONValue? {
        get { self.members.first { $0.key == key }?.value }
        set {
            let index = self.members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): self.members[index].value = value
            case (let index?, nil): self.members.remove(at: index)
            case (nil, let value?): self.members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Appends a member whose key is known to be new: O(1).
    package mutating func append(_ key: String, _ value: JSONValue) {
        assert(self[key] == nil, "the key \"\(key)\" is already there")
        self.members.append(Member(key: key, value: value))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Panics on a repeated key, as a dictionary literal does.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(literal: elements) }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> { self.members.makeIterator() }
}
