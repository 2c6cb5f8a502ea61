import ArgumentParser
import Documents
import Foundation
import Gate
import GateModel
import Transparency

extension LogCommand {
    struct Evidence: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "evidence",
            abstract: "Write one file with everything that proves a decision, or all on a number or customer.",
            discussion:
                "The file is a ZIP; `callgate log verify --bundle FILE` checks it anywhere. Making it is recorded.")
        @Option(help: "A decision's id.") var decision: String?
        @Option(help: "A number, in E.164 form or with --region.") var phone: String?
        @Option(help: "The region of a national number.") var region: String?
        @Option(help: "A customer: everything found by it, with the numbers that it names.") var customer: String?
        @Option(help: "A complaint's number or id: everything on its number.") var complaint: String?
        @Option(name: .shortAndLong, help: "The file to write; it must not be there yet.") var output: String
        @Option(help: "Why; it stands in the log, as does that none was given.") var reason: String?
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            guard [decision, phone, customer, complaint].count(where: { $0 != nil }) == 1 else {
                throw Failure.input("give one of --decision, --phone, --customer, --complaint")
            }
            if access(output, F_OK) == 0 { throw Failure.input("\(output) is there already; name another file") }
            var members: [Node.Member] = []
            for (name, text) in [
                ("decision", decision), ("phone", phone), ("region", region), ("customer", customer),
                ("complaint", complaint), ("reason", reason ?? "no reason was given"),
            ] {
                if let text { members.append(.init(name: name, node: Node(.string(text)))) }
            }
            let (body, key, resolved) = (Node(.object(members)), actor.key, try await options.resolve())
            try resolved.requireStore()
            // It signs where no service runs.
            let gate = try resolved.openGate(isService: true)
            try gate.start()
            defer { gate.stop() }
            let (scope, reason) = try gate.evidenceRequest(body).orFail()
            let bundle = try await gate.evidence(scope, reason: reason, by: key).orFail()
            try LogCommand.write(bundle.bytes, to: output)
            print("\(output)  \(bundle.bytes.count) bytes")
        }
    }

    /// Writes a file whole or not at all, for its owner alone, and never over another.
    private static func write(_ bytes: [UInt8], to path: String) throws {
        let draft = path + ".part"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw Failure.gate("\(path) cannot be written: \(String(cString: strerror(errno)))") }
        defer { unlink(draft) }
        var place = 0
        while place < bytes.count {
            let count = bytes[place...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                close(file)
                throw Failure.gate("\(path) cannot be written: \(String(cString: strerror(errno)))")
            }
            place += count
        }
        let isDurable = fsync(file) == 0
        guard close(file) == 0, isDurable, link(draft, path) == 0 else {
            throw Failure.gate("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

extension LogCommand.Verify {
    /// Judges an evidence bundle with nothing else at hand.
    func verify(bundle path: String) throws {
        let keys = try keys()
        let witnesses = try witnesses()
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        guard size <= EvidenceBundle.greatestSize else {
            throw Failure.input("\(path) is larger than any bundle: \(EvidenceBundle.greatestSize) bytes are the most")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure.gate("\(path) cannot be read")
        }
        do throws(EvidenceFault) {
            let found = try EvidenceBundle.verify(
                [UInt8](data), key: keys.ed25519, also: [keys.sm2].compactMap(\.self), witnesses: witnesses)
            print("log          \(found.origin), \(found.size) entries signed")
            print("root         \(found.root)")
            print("key          \(found.key)")
            if let sm2 = keys.sm2 { print("sm2          \(sm2)") }
            if keys.ed25519 == nil && keys.sm2 == nil {
                print("             from the bundle itself: compare it with the one that the log's owner gives you, or")
                print("             name that with --key; without, the bundle proves only that it is of one piece")
            }
            tell(found.cosignatures)
            print("made         \(found.madeAt.rfc3339) by \(found.madeBy): \(found.reason)")
            print("entries      \(found.entries), \(found.erased) of them of erased persons")
            print("decisions    \(found.decisions), \(found.decidedAgain) decided again with the same result")
        } catch {
            if case .notABundle(let why) = error { throw Failure.input("\(path) is no evidence bundle: \(why)") }
            print("BROKEN: \(error)")
            throw Failure.no
        }
    }
}

extension LogCommand {
    /// A public key, written out or in a file.
    static func verifierKey(_ text: String, isWitness: Bool = false) throws -> VerifierKey {
        var text = text
        if let data = FileManager.default.contents(atPath: text) {
            text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let key: VerifierKey
        do { key = try VerifierKey(text) } catch { throw Failure.input("\(error)") }
        guard isWitness == (key.kind == .cosignature) else {
            throw Failure.input(
                "`\(key)` is a \(isWitness ? "log's key, not a witness's" : "witness's key, not a log's")")
        }
        return key
    }
}
