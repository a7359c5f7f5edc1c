/// Who a client says it is, as Juju writes it: `user-admin`, `unit-mysql-0`, `application-mysql`, `machine-0`.
struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case user, unit, application, machine, controller
    }

    let kind: Kind
    /// The name without its kind; a unit's as `mysql/0`, a container's as `0/lxd/1`.
    let name: String
    /// The tag as it came.
    let description: String

    /// More than any tag Juju accepts, and little enough to log.
    static let longest = 256

    /// `nil` unless `text` is a well-formed tag of a kind this server knows.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest, let dash = text.firstIndex(of: "-"),
            let kind = Kind(rawValue: String(text[..<dash]))
        else { return nil }
        let rest = text[text.index(after: dash)...]
        switch kind {
        case .user:
            guard Self.isUserName(rest) else { return nil }
            self.name = String(rest)
        case .application:
            guard Self.isApplicationName(rest) else { return nil }
            self.name = String(rest)
        case .unit:
            guard let last = rest.lastIndex(of: "-"), Self.isApplicationName(rest[..<last]),
                Self.isNumber(rest[rest.index(after: last)...])
            else { return nil }
            self.name = "\(rest[..<last])/\(rest[rest.index(after: last)...])"
        case .machine:
            // Containers alternate: number, kind of container, number…
            let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
            guard !parts.count.isMultiple(of: 2),
                parts.enumerated().allSatisfy({ index, part in
                    index.isMultiple(of: 2) ? Self.isNumber(part) : part.utf8.allSatisfy(Self.isLower) && !part.isEmpty
                })
            else { return nil }
            self.name = parts.joined(separator: "/")
        case .controller:
            guard Self.isNumber(rest) else { return nil }
            self.name = String(rest)
        }
        self.kind = kind
        self.description = text
    }

    /// True for everything but a person.
    var isAgent: Bool { self.kind != .user }

    /// The application a unit or an application agent belongs to.
    var application: String? {
        switch self.kind {
        case .application: self.name
        case .unit: self.name.firstIndex(of: "/").map { String(self.name[..<$0]) }
        case .user, .machine, .controller: nil
        }
    }

    /// Lower-case words and digits joined by dashes; the first begins with a letter and each has one, so that a unit's
    /// tag splits in one way only.
    static func isApplicationName(_ text: some StringProtocol) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let first = words.first?.first, Self.isLower(first) else { return false }
        return words.allSatisfy { word in
            word.contains(where: Self.isLower) && word.allSatisfy { Self.isLower($0) || Self.isDigit($0) }
        }
    }

    private static func isUserName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, Self.isLetterOrDigit(first) else { return false }
        return text.utf8.allSatisfy { byte in
            Self.isLetterOrDigit(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "@")]
                    .contains(byte)
        }
    }

    /// A number without leading zeros.
    private static func isNumber(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 10, text.utf8.allSatisfy(Self.isDigit) else {
            return false
        }
        return first != UInt8(ascii: "0") || text.utf8.count == 1
    }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        Self.isLower(byte) || Self.isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
