import Crypto
import Foundation

/// What decisions name by its hash: the policy's files and the bytes of zones.
///
/// Written from the formats alone. Source: docs/decisions/0017.
struct Pins {
    /// Hexadecimal, as snapshots have them.
    private let names: Set<String>
    private static let snapshot = 4

    /// - Throws: ``LogVerification/Finding`` for what is not what its name says.
    init(_ log: StoredLog) throws {
        var names: Set<String> = []
        try log.eachPin { name, bytes in
            guard Array(SHA256.hash(data: bytes)) == name || Pins.policyName(bytes) == name else {
                throw LogVerification.Finding(
                    text: "what is pinned as \(hexadecimal(name)) is not what its name says: it was changed")
            }
            names.insert(hexadecimal(name))
        }
        self.names = names
    }

    /// What a snapshot names and the log does not have.
    func fault(of row: StoredLog.Row) -> LogVerification.Finding? {
        struct Body: Decodable {
            var policy: String
            var zones: [String: String]
        }
        guard row.kind == Pins.snapshot, let core = Core(row.core),
            let body = try? JSONDecoder().decode(Body.self, from: Data(core.body))
        else { return nil }
        var missing = body.zones.sorted { $0.key < $1.key }.first { zone in
            !names.contains(zone.value)
        }?.key
        if !names.contains(hexadecimal(SHA256.hash(data: Array(body.policy.utf8)))) { missing = body.policy }
        return missing.map {
            LogVerification.Finding(
                sequence: row.sequence, text: "entry \(row.sequence) names \($0), which is not in the log any more")
        }
    }

    /// What a policy's files are pinned by: the hash of the policy's id, which is a hash over names, lengths and contents.
    private static func policyName(_ archive: [UInt8]) -> [UInt8]? {
        var bytes = Bytes(archive)
        guard let count = bytes.list() else { return nil }
        var hash = SHA256()
        for _ in 0..<count {
            guard bytes.list() == 2, case .text(let path)? = bytes.textOrNull(), let content = bytes.data() else {
                return nil
            }
            hash.update(data: Array("\(path.count):".utf8) + path + Array("\(content.count):".utf8))
            hash.update(data: content)
        }
        guard bytes.isAtEnd else { return nil }
        return Array(SHA256.hash(data: Array("sha256:\(hexadecimal(hash.finalize()))".utf8)))
    }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
