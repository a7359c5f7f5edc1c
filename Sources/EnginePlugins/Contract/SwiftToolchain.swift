/// The compiler that built this program, as far as a program can know: conditions can only ask "at least".
enum SwiftToolchain {
    #if compiler(>=6.4)
        static let version = "6.4-or-later"
    #elseif compiler(>=6.3.3)
        static let version = "6.3.3-or-later"
    #elseif compiler(>=6.3.2)
        static let version = "6.3.2"
    #elseif compiler(>=6.3.1)
        static let version = "6.3.1"
    #elseif compiler(>=6.3)
        static let version = "6.3"
    #else
        static let version = "6.2"
    #endif
}
