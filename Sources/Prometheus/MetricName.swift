/// Which names metrics and labels may have, and how any text becomes one.
package enum MetricName {
    /// Letters, digits and underscores, no digit first.
    package static func isValid(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, !Self.isDigit(first) else { return false }
        return name.utf8.allSatisfy(Self.isAllowed)
    }

    /// `text` with everything a name may not have turned into underscores; never empty.
    package static func made(from text: String) -> String {
        var bytes = text.utf8.prefix(Self.longest).map { Self.isAllowed($0) ? $0 : UInt8(ascii: "_") }
        if bytes.first.map(Self.isDigit) ?? true { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Names are code, not data: a longer one is a mistake that must not grow the page.
    static let longest = 128

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: self.isDigit(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
