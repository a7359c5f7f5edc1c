import Crypto

/// A login token: 256 random bits, shown once, kept only as a hash.
package struct AccountToken: Sendable, Hashable {
    package var text: String

    /// A new random token.
    package init() {
        var generator = SystemRandomNumberGenerator()
        self.text = hexadecimal((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// SHA-256 of a token's text. A token has 256 random bits, so a slow password hash would protect nothing more.
    package static func hash(of token: String) -> String {
        hexadecimal(SHA256.hash(data: Array(token.utf8)))
    }

    /// Compares in a time that does not depend on where the two differ.
    package static func matches(_ token: String, hash: String) -> Bool {
        let computed = Array(Self.hash(of: token).utf8)
        let expected = Array(hash.utf8)
        guard computed.count == expected.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(computed, expected) { difference |= left ^ right }
        return difference == 0
    }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
