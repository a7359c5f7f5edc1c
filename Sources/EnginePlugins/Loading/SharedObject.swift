#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An object that was loaded into this process, and stays: unloading Swift code is not safe, so nothing here does it.
struct SharedObject {
    private let handle: UnsafeMutableRawPointer

    /// Loads the object at `path`, which runs its initialisers.
    ///
    /// `RTLD_NOW`: what it lacks is found here, where it can be refused, and not at the first call in the middle of a
    /// worker. `RTLD_LOCAL`: two plugins may have helpers of one name and neither takes the other's; what plugins share
    /// is the program's, which the system's loader searches first. `RTLD_NODELETE`: nobody can unload it.
    init(path: String) throws(SharedObjectError) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            throw SharedObjectError(reason: dlerror().map { String(cString: $0) } ?? "no reason was given")
        }
        self.handle = handle
    }

    /// The address of `symbol` in this object or in a library that came with it.
    func symbol(_ symbol: String) -> UnsafeMutableRawPointer? {
        dlsym(self.handle, symbol)
    }

    /// The loaded object in which `address` lies: where it begins, and its file.
    static func holding(_ address: UnsafeRawPointer) -> (base: UnsafeRawPointer, name: String)? {
        // A GNU extension, which the C library's module does not show.
        typealias Find = @convention(c) (UnsafeRawPointer, UnsafeMutablePointer<UnsafeRawPointer?>) -> Int32
        guard let symbol = dlsym(nil, "dladdr") else { return nil }
        let find = unsafeBitCast(symbol, to: Find.self)
        // It fills four pointers: the file's name, the object's beginning, a symbol's name and its place.
        return withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: 4) { found in
            found.initialize(repeating: nil)
            guard let place = found.baseAddress, find(address, place) != 0, let base = found[1] else { return nil }
            let name = found[0].map { String(cString: $0.assumingMemoryBound(to: CChar.self)) }
            return (base, name ?? "")
        }
    }
}

/// What the system's loader said.
struct SharedObjectError: Error {
    var reason: String
}
