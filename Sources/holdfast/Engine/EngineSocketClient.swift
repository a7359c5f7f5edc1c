import Dispatch
import FoundationEssentials
import Glibc
import RPC

/// Asks a local agent's `engine.socket`, which answers while the API server does not.
struct EngineSocketClient: Sendable {
    struct SocketError: Error, CustomStringConvertible {
        var description: String
    }

    let path: String

    private static let longestAnswer = 16 << 20
    static let answerLimits = JSONLimits(maximumBytes: longestAnswer, maximumDepth: 256)

    /// One question and its answer's bytes, which are the response's JSON.
    func call(_ method: String, parameters: Data) async throws -> Data {
        let line =
            Data(#"{"request-id":1,"type":"Engine","version":1,"request":"\#(method)","params":"#.utf8) + parameters
            + Data("}\n".utf8)
        return try await withCheckedThrowingContinuation { continuation in
            // A socket call may block, so it has a thread of its own.
            DispatchQueue.global().async {
                continuation.resume(with: Result { try self.exchange(line) })
            }
        }
    }

    private func exchange(_ line: Data) throws -> Data {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw self.failure("a socket cannot be made") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try self.connect(descriptor)
        let bytes = [UInt8](line)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw self.failure("the question cannot be sent")
        }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 64 * 1_024)
        while answer.last != 10 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw self.failure("\(self.path) gave no whole answer: ask again, and look at the agent's log")
            }
            guard count > 0 else {
                throw SocketError(
                    description: "\(self.path) closed before it had answered: is the agent stopping? ask again"
                )
            }
            guard answer.count + count <= Self.longestAnswer else {
                throw SocketError(description: "the answer is larger than \(Self.longestAnswer) bytes: ask for less")
            }
            answer.append(contentsOf: buffer[..<count])
        }
        return answer
    }

    private func connect(_ descriptor: Int32) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(self.path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SocketError(
                description: "the path \(self.path) is too long for a socket: use a shorter, relative one"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            throw self.failure("\(self.path) does not answer: is the agent running, and may you open the file?")
        }
    }

    private func failure(_ sentence: String) -> SocketError {
        SocketError(description: "\(sentence) (\(String(cString: strerror(errno))))")
    }
}
