#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bytes of an IPv4 or IPv6 literal in network order, `nil` for a host name.
func ipAddressBytes(_ host: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, host, &four) == 1 {
        return withUnsafeBytes(of: &four) { Array($0) }
    }
    var six = in6_addr()
    if inet_pton(AF_INET6, host, &six) == 1 {
        return withUnsafeBytes(of: &six) { Array($0) }
    }
    return nil
}
