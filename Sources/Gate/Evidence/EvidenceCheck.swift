import Calendars
import Crypto
import Documents
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Transparency

/// What a bundle was found to be.
public struct VerifiedEvidence: Sendable {
    public var origin: String
    /// How many entries the checkpoint covers.
    public var size: Int64
    public var root: String
    public var key: String
    public var entries: Int
    public var decisions: Int
    public var erased: Int
    /// Decisions that were decided again from the bundle alone, with the same result.
    public var decidedAgain: Int
    public var madeAt: Instant
    public var madeBy: String
    public var reason: String
    /// Those of the witnesses that were asked for.
    public var cosignatures: [VerifiedSignature]
}

extension EvidenceBundle {
    /// Checks a bundle with nothing else at hand: the archive, every hash, the checkpoint's signature, each entry's proof, the
    /// commitments that are opened, the policy and the zones, each judgement, and that every text in it is the one that its
    /// entries give. Total: any bytes are answered. O(bytes).
    ///
    /// - Parameters:
    ///   - key: The log's public key as it is known from elsewhere; nil for the one in the bundle.
    ///   - also: Further keys of the log, such as for SM2, which must have signed.
    ///   - witnesses: Who must have cosigned the checkpoint.
    /// - Throws: The first thing that is wrong.
    public static func verify(
        _ bytes: [UInt8], key: VerifierKey? = nil, also: [VerifierKey] = [], witnesses: [VerifierKey] = []
    ) throws(EvidenceFault) -> VerifiedEvidence {
        let files = try unpack(bytes)
        try checkHashes(files)
        let (evidence, cosignatures) = try Evidence.read(files, key: key, also: also, witnesses: witnesses)
        do {
            let told = try EvidenceTelling(evidence)
            try told.requireScope()
            try compare(files, with: try evidence.files())
            let decided = try told.decideAgain()
            return VerifiedEvidence(
                origin: told.checkpoint.origin, size: told.checkpoint.size, root: "\(told.checkpoint.root)",
                key: "\(evidence.key)", entries: evidence.entries.count, decisions: told.records.count,
                erased: evidence.entries.count { $0.isErased }, decidedAgain: decided, madeAt: told.making.core.at,
                madeBy: told.makers.joined(separator: ", "),
                reason: told.making.body["reason"]?.string ?? "", cosignatures: cosignatures)
        } catch let fault as EvidenceFault {
            throw fault
        } catch {
            throw .broken("\(error)")
        }
    }

    /// - Parameter again: The files as the entries give them.
    private static func compare(
        _ files: [(name: String, bytes: [UInt8])], with again: [(name: String, bytes: [UInt8])]
    ) throws(EvidenceFault) {
        let expected = Dictionary(again.map { ($0.name, $0.bytes) }) { $1 }
        for file in files where expected[file.name] == nil { throw .broken("`\(file.name)` does not belong here") }
        let names = Set(files.map(\.name))
        for file in again where !names.contains(file.name) { throw .broken("`\(file.name)` is missing") }
        // The manifest last: it names every other file's hash, and so differs with any of them.
        for file in files.filter({ $0.name != Evidence.manifest }) + files.filter({ $0.name == Evidence.manifest })
        where expected[file.name] != file.bytes { throw .broken("`\(file.name)` is not what the entries say") }
    }

    private static func unpack(_ bytes: [UInt8]) throws(EvidenceFault) -> [(name: String, bytes: [UInt8])] {
        let files: [(name: String, bytes: [UInt8])]
        do throws(StoredZip.Fault) { files = try StoredZip.read(bytes) } catch {
            switch error {
            case .notAnArchive: throw .notABundle("this is no ZIP archive")
            case .tooLarge:
                throw .notABundle("this is larger than any bundle: \(StoredZip.greatestSize) bytes are the most")
            case .truncated: throw .broken("the archive ends early; it was cut off, or a size in it is wrong")
            case .name(let name): throw .broken("the archive holds the name `\(name)`, which no bundle has")
            case .twice(let name): throw .broken("the archive holds `\(name)` twice")
            case .order(let name): throw .broken(anew("`\(name)` stands at another place than in a bundle"))
            case .damaged(let what): throw .broken("the archive is damaged: \(what)")
            case .anew(let what): throw .broken(anew(what))
            }
        }
        func anew(_ what: String) -> String {
            "\(what): the archive was changed, or packed anew by another program, even if its files are whole; take the file "
                + "as the gate made it"
        }
        let text = files.first { $0.name == Evidence.manifest }?.bytes
        guard let text else { throw .notABundle("there is no \(Evidence.manifest) in the archive") }
        let format = (try? JSONParser.parse(text))?["format"]?.string
        guard let format else { throw .broken("\(Evidence.manifest) cannot be read, or names no format") }
        guard format == Evidence.format else {
            throw .notABundle("the bundle's format is `\(format.prefix(60))`; this version reads \(Evidence.format)")
        }
        return files
    }

    /// Every file is in the manifest, with its hash, and nothing else is.
    private static func checkHashes(_ files: [(name: String, bytes: [UInt8])]) throws(EvidenceFault) {
        let manifest = files.first { $0.name == Evidence.manifest }.flatMap { try? JSONParser.parse($0.bytes) }
        guard case .array(let listed)? = manifest?["files"]?.value else {
            throw .broken("\(Evidence.manifest) lists no files")
        }
        var hashes: [String: String] = [:]
        for item in listed {
            guard let name = item["name"]?.string, let hash = item["sha256"]?.string else {
                throw .broken("\(Evidence.manifest) lists a file without name or hash")
            }
            hashes[name] = hash
        }
        for file in files where file.name != Evidence.manifest {
            guard let hash = hashes.removeValue(forKey: file.name) else {
                throw .broken("`\(file.name)` is not in the manifest")
            }
            guard hash == hexadecimal(SHA256.hash(data: file.bytes)) else {
                throw .broken("`\(file.name)` is not the file whose hash is in the manifest")
            }
        }
        if let missing = hashes.keys.min() { throw .broken("`\(missing)` is missing") }
    }
}

extension Evidence {
    /// Reads the parts that are no one's telling, and checks signature, proofs and commitments.
    fileprivate static func read(
        _ files: [(name: String, bytes: [UInt8])], key given: VerifierKey?, also: [VerifierKey],
        witnesses: [VerifierKey]
    ) throws(EvidenceFault) -> (Evidence, [VerifiedSignature]) {
        let byName = Dictionary(files.map { ($0.name, $0.bytes) }) { $1 }
        func require(_ name: String) throws(EvidenceFault) -> [UInt8] {
            guard let bytes = byName[name] else { throw .broken("`\(name)` is missing") }
            return bytes
        }
        let keyText = String(decoding: try require("log/key.txt").dropLast(), as: UTF8.self)
        let verified: VerifiedCheckpoint
        let key: VerifierKey
        do throws(TransparencyError) {
            key = try VerifierKey(keyText)
            if let given, given != key {
                throw .notSigned(by: given.name)
            }
            verified = try VerifiedCheckpoint(
                bytes: byName["log/checkpoint.txt"] ?? [], origin: key.name, log: [key], also: also,
                witnesses: witnesses,
                quorum: witnesses.count)
        } catch {
            if let given, "\(given)" != keyText {
                throw .broken("the log's key in the bundle is `\(keyText.prefix(200))`, not the one that was given")
            }
            throw .broken("the checkpoint does not hold: \(error)")
        }
        var evidence = Evidence(entries: [], key: key, checkpoint: verified.note, policies: [:], zones: [:])
        var folders: [String] = []
        for file in files where file.name.hasPrefix("entries/") && file.name.hasSuffix("/core.cbor") {
            folders.append(String(file.name.dropLast("/core.cbor".count)))
        }
        for folder in folders {
            let entry = try EvidenceEntry(folder, verified, byName)
            if let last = evidence.entries.last, last.sequence >= entry.sequence {
                throw .broken("`\(folder)` stands twice")
            }
            evidence.entries.append(entry)
        }
        for file in files where file.name.hasPrefix("zones/") {
            evidence.zones[Array(SHA256.hash(data: file.bytes))] = file.bytes
        }
        var grouped: [String: [String: [UInt8]]] = [:]
        for file in files where file.name.hasPrefix("policies/") {
            let parts = file.name.split(separator: "/", maxSplits: 2).map(String.init)
            guard parts.count == 3 else { throw .broken("`\(file.name)` belongs to no policy") }
            grouped[parts[1], default: [:]][parts[2]] = file.bytes
        }
        for (folder, bytes) in grouped {
            let policy = PolicyFiles(bytes: bytes)
            guard Evidence.folder(ofPolicy: policy.id) == "policies/\(folder)/" else {
                throw .broken("the files in `policies/\(folder)` are not those of that policy")
            }
            evidence.policies[policy.id] = policy
        }
        return (evidence, verified.cosignatures)
    }
}

extension EvidenceEntry {
    fileprivate init(_ folder: String, _ verified: VerifiedCheckpoint, _ files: [String: [UInt8]]) throws(EvidenceFault)
    {
        let bytes = files[folder + "/core.cbor"] ?? []
        do throws(MalformedRecord) { core = try EntryCore(bytes: bytes) } catch {
            throw .broken("`\(folder)/core.cbor` is no entry: \(error.detail)")
        }
        self.bytes = bytes
        let receipt: Receipt
        do throws(TransparencyError) {
            receipt = try Receipt(bytes: files[folder + "/receipt.tlog-proof"] ?? [])
        } catch {
            throw .broken("the receipt of `\(folder)` cannot be read: \(error)")
        }
        guard receipt.checkpoint == verified.note else {
            throw .broken("the receipt of `\(folder)` is under another checkpoint than the bundle's")
        }
        path = receipt.path
        let proof = InclusionProof(index: core.id.sequence - 1, size: verified.checkpoint.size, path: path)
        guard proof.verifies(leaf: .leaf(bytes), root: verified.checkpoint.root) else {
            throw .broken("`\(folder)` is not the entry at that place of the log that was signed")
        }
        guard self.folder == folder else { throw .broken("`\(folder)` holds entry \(sequence)") }
        let (personal, opening) = (files[folder + "/personal.cbor"], files[folder + "/opening.bin"])
        if personal == nil && opening == nil { return }
        guard let opening, let part = personal.flatMap({ try? PersonalPart(bytes: $0) }) else {
            throw .broken("the personal part of `\(folder)` cannot be opened: a file is missing or cannot be read")
        }
        let opened = OpenedPart(opening: Opening(bytes: opening), part: part)
        guard opened.isBound(by: core) else {
            throw .broken("the personal part of `\(folder)` is not the one that the entry binds")
        }
        self.opened = opened
    }
}

extension EvidenceTelling {
    /// The key and its owner, each once.
    fileprivate var makers: [String] {
        let (actor, owner) = (making.core.actor, making.body["owner"]?.string)
        return [actor] + (owner == actor ? [] : [owner].compactMap(\.self))
    }

    /// The decision that was asked for is there.
    fileprivate func requireScope() throws(EvidenceFault) {
        if let asked = making.body["decision"]?.string, !records.keys.contains(where: { $0.description == asked }) {
            throw .broken("the decision \(asked), for which the bundle was made, is not in it")
        }
    }

    /// Decides every decision whose facts are known again, under the policy and the zones in the bundle.
    fileprivate func decideAgain() throws -> Int {
        var count = 0
        for entry in evidence.entries where !entry.isErased {
            guard let record = records[entry.core.id], let snapshot = snapshots[record.snapshot] else { continue }
            let judgement = evaluate(
                record.call, snapshot.pinned.restored(record.facts, of: record.call), under: snapshot.pinned.policy,
                zones: try zones(of: record), at: record.at)
            if let difference = judgement.differences(from: record.judgement).first {
                throw EvidenceFault.broken(
                    "the decision \(record.id) does not follow from its facts and policy: its \(difference.field) was "
                        + "recorded as `\(difference.recorded)` and would be `\(difference.now)`")
            }
            count += 1
        }
        return count
    }
}
