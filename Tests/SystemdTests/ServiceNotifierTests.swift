import Glibc
import Testing

@testable import Systemd

@Suite(.serialized) struct ServiceNotifierTests {
    @Test("a status stays one line, so that it cannot smuggle in another assignment")
    func oneLine() {
        #expect(ServiceNotifier.State.status("waiting\nREADY=1").assignment == "STATUS=waiting READY=1")
    }

    @Test("states arrive at the service manager's socket as one message")
    func delivery() throws {
        let path = "/tmp/holdfast-notify-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(socket >= 0)
        defer {
            close(socket)
            unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        setenv("NOTIFY_SOCKET", path, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        #expect(ServiceNotifier().notify(.ready, .status("no leader yet")))
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(socket, &buffer, buffer.count, 0)
        #expect(String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) == "READY=1\nSTATUS=no leader yet")
    }
}
