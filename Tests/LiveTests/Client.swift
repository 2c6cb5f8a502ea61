import Foundation

/// The least of an HTTP client: one connection, one request after another, bodies by their length. Blocks.
final class Client {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private let key: String

    struct Response {
        var status: Int
        var body: String
    }

    /// - Throws: Where nobody listens.
    init(port: Int, key: String) throws {
        self.key = key
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        // A service that hangs ends the test; it does not hang with it.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            close(descriptor)
            throw Broken("connect: \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// - Returns: Nil where the connection broke off.
    func send(_ method: String, _ path: String, _ body: String = "") -> Response? {
        let text = """
            \(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r
            Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return nil }
            bytes = bytes.dropFirst(count)
        }
        return receive()
    }

    private func receive() -> Response? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let split = buffer.firstRange(of: end) {
                let head = String(decoding: buffer[..<split.lowerBound], as: UTF8.self)
                guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
                let length = head.lowercased().firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                while buffer.count < split.upperBound + length { guard fill() else { return nil } }
                let body = String(decoding: buffer[split.upperBound..<split.upperBound + length], as: UTF8.self)
                buffer.removeFirst(split.upperBound + length)
                return Response(status: status, body: body)
            }
            guard fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}

/// What clients were answered, over all their threads.
final class Tally: @unchecked Sendable {
    // Proof: every access holds the lock.
    private let lock = NSLock()
    private var answered: [(id: String, verdict: String, phone: String)] = []
    private var isOver = false

    func add(_ id: String, _ verdict: String, _ phone: String) {
        lock.withLock { answered.append((id, verdict, phone)) }
    }
    var all: [(id: String, verdict: String, phone: String)] { lock.withLock { answered } }
    func end() { lock.withLock { isOver = true } }
    var hasEnded: Bool { lock.withLock { isOver } }
}

extension Client.Response {
    func member(_ name: String) -> String? {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?[name] as? String
    }
}
