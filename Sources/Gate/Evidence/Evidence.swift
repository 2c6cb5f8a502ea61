import Calendars
import Crypto
import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Transparency

/// Everything of which an evidence bundle is made. The bundle is a pure function of it: what stands in the log, its proofs,
/// and what decisions pinned. Whoever has these can write the bundle again, byte for byte.
///
/// The format is docs/decisions/0049.
struct Evidence {
    /// The version of the bundle; a change of any text that is derived is a new one.
    static let format = "callgate-evidence/2"

    /// In the order of the log. The last is the access by which the bundle was made.
    var entries: [EvidenceEntry]
    /// The log's public key, as the bundle holds it.
    var key: VerifierKey
    var checkpoint: SignedNote
    /// By the policy's id, `sha256:…`.
    var policies: [String: PolicyFiles]
    /// TZif bytes by their SHA-256.
    var zones: [[UInt8]: [UInt8]]
}

/// One entry with the proof that it is in the log.
struct EvidenceEntry {
    var core: EntryCore
    /// The core's bytes, of which the leaf is made.
    var bytes: [UInt8]
    /// From the leaf's sibling up to a child of the root.
    var path: [MerkleHash]
    /// Nil where the entry is about nobody, or where the person was erased.
    var opened: OpenedPart?

    var sequence: Int64 { core.id.sequence }
    var isErased: Bool { opened == nil && core.binding.isPersonal }

    /// The folder of its files.
    var folder: String {
        let digits = "\(sequence)"
        return "entries/" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }
}

/// What an entry binds of a person, opened.
struct OpenedPart: Hashable {
    var opening: Opening
    var part: PersonalPart

    func isBound(by core: EntryCore) -> Bool { core.binding == .person(opening.commitment(part)) }

    /// `phone`, `customer`, `agent`, as far as the part names them.
    var names: [(field: String, value: String)] {
        [("phone", part.number), ("customer", part.customer), ("agent", part.agent)].compactMap { field, value in
            value.map { (field, $0) }
        }
    }
}

// MARK: The files

extension Evidence {
    /// Every file of the bundle in the order of the names.
    ///
    /// - Throws: ``EvidenceFault`` where the parts do not belong together.
    func files() throws -> [(name: String, bytes: [UInt8])] {
        var files: [(name: String, bytes: [UInt8])] = [
            ("README.txt", Array(EvidenceReport.readme.utf8)),
            ("log/key.txt", Array("\(key)\n".utf8)), ("log/checkpoint.txt", checkpoint.bytes),
        ]
        for entry in entries {
            files.append((entry.folder + "/core.cbor", entry.bytes))
            let receipt = Receipt(
                entry: entry.bytes, index: entry.sequence - 1, path: entry.path, checkpoint: checkpoint)
            files.append((entry.folder + "/receipt.tlog-proof", receipt.bytes))
            if let opened = entry.opened {
                files.append((entry.folder + "/personal.cbor", opened.part.bytes))
                files.append((entry.folder + "/opening.bin", opened.opening.bytes))
            }
        }
        for (id, policy) in policies {
            for (path, bytes) in policy.bytes { files.append((Evidence.folder(ofPolicy: id) + path, bytes)) }
        }
        for (digest, bytes) in zones { files.append(("zones/\(hexadecimal(digest)).tzif", bytes)) }
        let told = try EvidenceTelling(self)
        for entry in entries { files.append((entry.folder + "/entry.json", told.json(entry) + [0x0A])) }
        files.append(("report.html", Array(EvidenceReport(told).html.utf8)))
        files.append((Evidence.manifest, told.manifest(of: files.sorted { StoredZip.isBefore($0.name, $1.name) })))
        return files.sorted { StoredZip.isBefore($0.name, $1.name) }
    }

    static let manifest = "manifest.json"

    static func folder(ofPolicy id: String) -> String { "policies/\(id.replacing(":", with: "-"))/" }

    /// The access by which the bundle was made.
    var making: (core: EntryCore, body: Node)? {
        guard let core = entries.last?.core, core.kind == .access, let body = try? JSONParser.parse(core.body),
            body["what"]?.string == Evidence.access
        else { return nil }
        return (core, body)
    }

    /// What the log calls the making of a bundle.
    static let access = "evidence"
}

/// What is wrong with a bundle. The first thing found is told.
public enum EvidenceFault: Error, Sendable, CustomStringConvertible {
    /// It is something else.
    case notABundle(String)
    case broken(String)

    public var description: String {
        switch self {
        case .notABundle(let why), .broken(let why): why
        }
    }
}
