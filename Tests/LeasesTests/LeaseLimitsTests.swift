import Leases
import Testing

@Suite struct LeaseLimitsTests {
    @Test("names of 1 to 512 bytes without control characters are allowed")
    func allowed() {
        let names = [
            "a", String(repeating: "n", count: 512), "unit-mysql-0", "Käse 🧀", "a/b.c$d#e",
            String(repeating: "é", count: 256),
        ]
        for name in names { #expect(LeaseLimits.violation(of: name, as: "holder") == nil) }
    }

    @Test("other names are refused with the field's name")
    func refused() {
        let names = [
            "", String(repeating: "n", count: 513), String(repeating: "n", count: 10_240), "a\nb", "\u{1b}[31m",
            "\u{7f}", "\u{80}", "x\u{9f}", "nul\0", String(repeating: "é", count: 257),
        ]
        for (number, name) in names.enumerated() {
            let violation = LeaseLimits.violation(of: name, as: "holder")
            #expect(violation?.hasPrefix("holder ") == true, "name \(number)")
        }
    }

    @Test("every part of every command is checked, by the function and by the state")
    func everyPart() {
        let bad = ["", String(repeating: "x", count: 513), "a\tb"]
        var commands: [LeaseCommand] = []
        for text in bad {
            let keys = [key("ok", namespace: text), key("ok", model: text), key(text)]
            for key in keys {
                commands.append(.claim(key, holder: "h", milliseconds: 5_000))
                commands.append(.extend(key, holder: "h", milliseconds: 5_000))
                commands.append(.revoke(key, holder: nil, force: true))
                commands.append(.pin(key, entity: "e"))
                commands.append(.unpin(key, entity: nil))
            }
            commands.append(.claim(key("ok"), holder: text, milliseconds: 5_000))
            commands.append(.extend(key("ok"), holder: text, milliseconds: 5_000))
            commands.append(.revoke(key("ok"), holder: text, force: false))
            commands.append(.pin(key("ok"), entity: text))
            commands.append(.unpin(key("ok"), entity: text))
        }
        var scene = Scene()
        for command in commands {
            let violation = LeaseLimits.violation(of: command)
            #expect(violation != nil)
            #expect(scene.apply(command) == .invalid(violation ?? ""))
        }
        #expect(scene.state.count == 0)
    }
}
