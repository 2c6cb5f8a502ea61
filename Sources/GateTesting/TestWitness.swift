import Foundation
import Synchronization
import Transparency

/// A witness as C2SP tlog-witness describes it, on a free port of this machine: it verifies the log's signature and the
/// proof of consistency, remembers what it cosigned, and cosigns. It can be told to behave badly.
public final class TestWitness: Sendable {
    public enum Conduct: Sendable {
        case honest
        /// Answers nothing for so long, then breaks off.
        case silent(milliseconds: UInt32)
        /// Signs under its own name with another key.
        case otherKey
        /// Gives a signature that is not over the checkpoint.
        case wrongSignature
        /// Cosigns a checkpoint of another log.
        case otherLog
        /// Answers with this status, whatever it is asked.
        case status(Int)
    }

    private struct State {
        var conduct = Conduct.honest
        var logs: [String: VerifierKey] = [:]
        var seen: [String: Checkpoint] = [:]
        var statuses: [Int] = []
    }

    public let cosigner: Cosigner
    public let port: Int
    private let listener: Int32
    private let server: Server

    public init(
        name: String = "witness.example/w1", seed: [UInt8] = [UInt8](9...40), logs: [VerifierKey] = []
    ) throws {
        cosigner = try Cosigner(name: name, seed: seed)
        server = Server(cosigner: cosigner)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = Int(in_port_t(bigEndian: address.sin_port))
        for log in logs { trust(log) }
        let server = server
        Thread.detachNewThread {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread.detachNewThread { server.serve(connection) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// As it is configured: key and address.
    public var setting: String { "\(cosigner.verifierKey) http://127.0.0.1:\(port)" }

    public func trust(_ log: VerifierKey) { server.state.withLock { $0.logs[log.name] = log } }
    public func behave(_ conduct: Conduct) { server.state.withLock { $0.conduct = conduct } }
    /// Makes it believe that it cosigned this last.
    public func remember(_ checkpoint: Checkpoint) { server.state.withLock { $0.seen[checkpoint.origin] = checkpoint } }
    /// What it answered so far, by status.
    public var statuses: [Int] { server.state.withLock { $0.statuses } }
    public func seen(of origin: String) -> Checkpoint? { server.state.withLock { $0.seen[origin] } }

    private final class Server: Sendable {
        let state = Mutex(State())
        let cosigner: Cosigner
        init(cosigner: Cosigner) { self.cosigner = cosigner }

        func serve(_ connection: Int32) {
            defer { close(connection) }
            var buffer: [UInt8] = []
            func fill() -> Bool {
                var chunk = [UInt8](repeating: 0, count: 65_536)
                let count = recv(connection, &chunk, chunk.count, 0)
                if count > 0 { buffer += chunk[..<count] }
                return count > 0
            }
            while true {
                var split = buffer.firstRange(of: Array("\r\n\r\n".utf8))
                while split == nil {
                    guard fill() else { return }
                    split = buffer.firstRange(of: Array("\r\n\r\n".utf8))
                }
                let start = split!.upperBound
                let head = String(decoding: buffer[..<start], as: UTF8.self)
                let length = head.lowercased().firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                while buffer.count < start + length { guard fill() else { return } }
                let body = Array(buffer[start..<start + length])
                buffer.removeFirst(start + length)
                if case .silent(let milliseconds) = state.withLock({ $0.conduct }) {
                    usleep(milliseconds * 1000)
                    return
                }
                let isKnown = head.hasPrefix("POST /add-checkpoint ")
                let (status, text) = state.withLock { state in
                    let answer = isKnown ? answer(body, &state) : (405, "")
                    state.statuses.append(answer.0)
                    return answer
                }
                let type = status == 409 ? "text/x.tlog.size" : "text/plain"
                let reply = Array(
                    "HTTP/1.1 \(status) X\r\nContent-Type: \(type)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                        .utf8)
                guard send(connection, reply, reply.count, Int32(MSG_NOSIGNAL)) == reply.count else { return }
            }
        }

        private func answer(_ body: [UInt8], _ state: inout State) -> (Int, String) {
            if case .status(let status) = state.conduct { return (status, "") }
            let lines = body.split(separator: 10, omittingEmptySubsequences: false)
            guard let blank = lines.firstIndex(where: \.isEmpty), blank > 0, blank <= 64,
                case let first = String(decoding: lines[0], as: UTF8.self), first.hasPrefix("old "),
                let old = Int64(first.dropFirst(4)), "old \(old)" == first, blank + 1 < lines.count,
                let note = try? SignedNote(bytes: Array(body[lines[blank + 1].startIndex...])),
                let checkpoint = try? Checkpoint(text: note.text)
            else { return (400, "") }
            let path = lines[1..<blank].compactMap { MerkleHash(String(decoding: $0, as: UTF8.self)) }
            guard path.count == blank - 1 else { return (400, "") }
            guard let key = state.logs[checkpoint.origin] else { return (404, "") }
            guard (try? note.verified(by: [key]))?.isEmpty == false else { return (403, "") }
            guard 0...checkpoint.size ~= old else { return (400, "") }
            let last = state.seen[checkpoint.origin]
            guard old == last?.size ?? 0, old < checkpoint.size || last?.root ?? .empty == checkpoint.root else {
                return (409, "\(last?.size ?? 0)\n")
            }
            let proof = ConsistencyProof(first: old, second: checkpoint.size, path: path)
            guard proof.verifies(firstRoot: last?.root ?? .empty, secondRoot: checkpoint.root) else { return (422, "") }
            state.seen[checkpoint.origin] = checkpoint
            return (200, "\(signature(checkpoint, state.conduct))\n")
        }

        private func signature(_ checkpoint: Checkpoint, _ conduct: Conduct) -> NoteSignature {
            let now = Int64(time(nil))
            var signed = checkpoint
            switch conduct {
            case .otherKey:
                let other = try! Cosigner(name: cosigner.verifierKey.name, seed: [UInt8](50...81))
                return other.cosign(checkpoint, posixSeconds: now)
            case .wrongSignature:
                signed = try! Checkpoint(origin: checkpoint.origin, size: checkpoint.size + 1, root: checkpoint.root)
            case .otherLog:
                signed = try! Checkpoint(origin: "other.example/log", size: checkpoint.size, root: checkpoint.root)
            default: break
            }
            return cosigner.cosign(signed, posixSeconds: now)
        }
    }
}
