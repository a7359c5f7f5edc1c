/// Pieces of SVG that both pictures are made of: text that stays text, numbers, and colours by state.
enum SVGText {
    /// `text` as XML character data or an attribute's value; what XML cannot hold is replaced.
    static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default:
                let isControl = scalar.value < 0x20 || scalar.value == 0x7F
                escaped.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }

    /// A coordinate, to a tenth.
    static func number(_ value: Double) -> String { TimeText.number(value, decimals: 1) }

    /// About how wide `text` is, on the generous side, in Arial and what is made to its measures.
    static func width(of text: some StringProtocol, size: Double, bold: Bool = false) -> Double {
        let ems = text.unicodeScalars.reduce(0.0) { $0 + self.ems($1) }
        return ems * size * (bold ? 1.08 : 1)
    }

    private static func ems(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "j", "l", "'", "|", ".", ",", ":", ";", "!", "I", " ", "/", "·": 0.29
        case "f", "t", "r", "-", "(", ")", "[", "]": 0.36
        case "m", "M", "W", "%", "@": 0.9
        case "w", "C", "D", "G", "H", "N", "O", "Q", "R", "U", "…": 0.76
        case "A"..."Z": 0.68
        default: scalar.value < 0x1100 ? 0.56 : 1
        }
    }

    /// `text` cut so that it is no wider than `width`, with an ellipsis where it was cut.
    static func fitted(_ text: String, width: Double, size: Double, bold: Bool = false) -> String {
        guard self.width(of: text, size: size, bold: bold) > width else { return text }
        var kept = ""
        var room = width - self.width(of: "…", size: size, bold: bold)
        for character in text {
            room -= self.width(of: String(character), size: size, bold: bold)
            guard room >= 0 else { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// Opens a picture of its own: no script, nothing from outside, readable on light and on dark.
    static func opening(width: Double, height: Double, title: String) -> String {
        let width = self.number(width.rounded(.up))
        let height = self.number(height.rounded(.up))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            role="img" font-family="Arial, Helvetica, 'Liberation Sans', sans-serif">
            <title>\(self.escaped(title))</title>
            <style>
            \(self.style)
            </style>
            <rect class="page" width="\(width)" height="\(height)"/>

            """
    }

    private static let style: String = {
        let light = ManifoldState.allCases.map { ".\($0.cssClass){fill:\($0.lightFill)}" }.joined()
        let dark = ManifoldState.allCases.map { ".\($0.cssClass){fill:\($0.darkFill)}" }.joined()
        return """
            .page{fill:#ffffff}.ink{fill:#1b1f24}.dim{fill:#57606a}.line{stroke:#6b7683;fill:none}
            .tip{fill:#6b7683}.rim{stroke:#6b7683}.rule{stroke:#d5dae0}.band{fill:#f4f6f8}.hot{stroke:#c2255c;fill:none}
            .hotink{fill:#b01e50}.blame{fill:#c9d1da}
            \(light)
            @media (prefers-color-scheme:dark){
            .page{fill:#15191e}.ink{fill:#eef1f4}.dim{fill:#a5b0bb}.line{stroke:#8b97a4}
            .tip{fill:#8b97a4}.rim{stroke:#8b97a4}.rule{stroke:#333b44}.band{fill:#1c2127}.hot{stroke:#ff7aa8}
            .hotink{fill:#ff8fb5}.blame{fill:#46515d}
            \(dark)
            }
            """
    }()
}

extension ManifoldState {
    var cssClass: String { self == .backingOff ? "backing" : self.rawValue }

    /// A fill on which dark text reads well; green runs, amber moves, red needs somebody.
    var lightFill: String {
        switch self {
        case .ready: "#9fd8a4"
        case .started: "#d3e89a"
        case .starting: "#9ec9f2"
        case .stopping: "#f6d88a"
        case .waiting: "#dfe3e8"
        case .finished: "#cfc4ea"
        case .backingOff: "#f3b27a"
        case .parked: "#ee9a94"
        case .unknown: "#ffffff"
        }
    }

    /// The same on a dark page, for light text.
    var darkFill: String {
        switch self {
        case .ready: "#2b6a35"
        case .started: "#5a6b1d"
        case .starting: "#22578c"
        case .stopping: "#7a5b10"
        case .waiting: "#3c444d"
        case .finished: "#54467e"
        case .backingOff: "#8a4a14"
        case .parked: "#8c322c"
        case .unknown: "#15191e"
        }
    }
}
