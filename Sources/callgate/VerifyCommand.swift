import ArgumentParser
import Foundation
import Gate
import GateModel
import Ledger
import LogVerification
import Transparency

extension LogCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Derive the whole log again and name the first thing that is wrong; or judge a receipt or a bundle.",
            discussion: "Exit 0: all is right. 1: something is wrong. 2: the file is no bundle. 3: nothing can be said."
        )
        @Option(help: "An evidence bundle; needs nothing else, neither data folder nor keys.") var bundle: String?
        @Option(help: "A receipt from GET /v1/decisions/ID/proof; needs nothing else but --key.") var receipt: String?
        @Option(
            help: """
                The file of one segment, such as `log archive` makes; needs a copy of the tree's folder (--tree), and --key \
                where that is not trusted.
                """)
        var segment: String?
        @Option(help: "The folder of the tree (default: `tree` in the data folder).") var tree: String?
        @Option(
            help: """
                The log's public key, NAME+HASH+KEY from GET /v1/log/key, or a file that holds it (default: the one beside \
                the log, or in the bundle). Its SM2 key, from GET /v1/log/key/sm2, too or in its place: it must have signed.
                """)
        var key: [String] = []
        @Option(
            help: """
                The key of a witness, NAME+HASH+KEY, or a file that holds it: it must have cosigned. Give it once for each.
                """)
        var witness: [String] = []
        @Flag(help: "Do without the key file, and leave unchecked what only it opens.") var withoutKeys = false
        @OptionGroup var options: Options

        func run() async throws {
            if let bundle { return try verify(bundle: bundle) }
            if let receipt { return try verify(receipt) }
            let keys = try keys()
            let resolved = try await options.resolve()
            if segment == nil { try resolved.requireStore() }
            if segment == nil && !withoutKeys && access(resolved.keys, R_OK) != 0 {
                throw Failure.gate(
                    "there is no key file at \(resolved.keys), or it may not be read; name it with --keys, or give "
                        + "--without-keys to leave unchecked what only it opens")
            }
            do {
                var places = LogVerification.Places(
                    database: segment ?? resolved.storeFolder + "/log.sqlite", tree: tree ?? resolved.data + "/tree",
                    keys: segment == nil && !withoutKeys ? resolved.keys : nil, key: keys.ed25519.map { "\($0)" })
                places.isSegment = segment != nil
                places.sm2Key = keys.sm2.map { "\($0)" }
                places.witnesses = try witnesses().map { "\($0)" }
                let report = try LogVerification(places).run()
                print("log          \(report.key)")
                if let stretch = report.stretch {
                    print(
                        "segment      \(stretch.count) entries, \(stretch.lowerBound) to \(stretch.upperBound), all there"
                    )
                }
                print(
                    "entries      \(report.entries), of them \(report.signed) signed by "
                        + "\(report.checkpoints) checkpoints"
                )
                print("root         \(report.root)")
                if let sm2 = report.sm2 {
                    print("sm2          \(sm2.checkpoints) checkpoints, the newest of \(sm2.signed) entries")
                }
                if report.cosigned > 0 { print("cosigned     \(report.cosigned) checkpoints") }
                for witness in report.witnesses {
                    print(
                        "witness      \(witness.name): \(witness.checkpoints) checkpoints, the newest of "
                            + "\(witness.size) entries at \(Instant(seconds: witness.seconds).rfc3339)")
                }
                if report.stretch == nil && report.segments > 0 {
                    print(
                        "segments     \(report.segments); of the entries \(report.dropped) were dropped, "
                            + "and are proved by their hashes alone")
                }
                var parts = ["\(report.personal) right", "\(report.erased) erased"]
                if report.unchecked > 0 && report.stretch != nil {
                    parts = ["\(report.unchecked) not checked: their secrets are with the log"]
                } else if report.unchecked > 0 {
                    parts.append("\(report.unchecked) not checked, without the key file")
                }
                print("personal     \(parts.joined(separator: ", "))")
                if let mentions = report.mentions { print("index        \(mentions) look-up keys, all there") }
                if report.missingHashes > 0 {
                    print("tree         \(report.missingHashes) hashes are not stored; the service makes them anew")
                }
            } catch let finding as LogVerification.Finding {
                print("BROKEN: \(finding.text)")
                throw Failure.no
            } catch LogVerification.Problem.cannot(let why) {
                throw Failure.gate(why)
            }
        }

        private func verify(_ path: String) throws {
            let keys = try keys()
            guard let verifier = keys.ed25519 ?? keys.sm2 else {
                throw Failure.input("give --key: the log's public key, as you got it from its operator")
            }
            guard let data = FileManager.default.contents(atPath: path) else {
                throw Failure.gate("\(path) cannot be read")
            }
            let witnesses = try witnesses()
            do throws(TransparencyError) {
                let receipt = try Receipt(bytes: [UInt8](data))
                let verified = try receipt.verify(
                    origin: verifier.name, log: [verifier], also: [keys.sm2].compactMap(\.self), witnesses: witnesses,
                    quorum: witnesses.count)
                let checkpoint = verified.checkpoint
                print("log          \(checkpoint.origin), \(checkpoint.size) entries signed")
                if keys.sm2 != nil { print("sm2          signed") }
                tell(verified.cosignatures)
                print("entry        \(receipt.index + 1)")
                guard let core = try? EntryCore(bytes: receipt.entry ?? []) else { return }
                print("id           \(core.id)")
                print("kind         \(core.kind.title.english)")
                print("at           \(core.at.rfc3339)")
            } catch {
                print("BROKEN: \(error)")
                throw Failure.no
            }
        }

        /// The keys of the log that were given, one of each kind at most.
        func keys() throws -> (ed25519: VerifierKey?, sm2: VerifierKey?) {
            let read = try key.map { try LogCommand.verifierKey($0) }
            let (ed25519, sm2) = (read.filter { $0.kind == .ed25519 }, read.filter { $0.kind == .sm2 })
            guard ed25519.count < 2, sm2.count < 2 else {
                throw Failure.input("give --key once for Ed25519 and once for SM2 at most")
            }
            return (ed25519.first, sm2.first)
        }

        /// The keys of the witnesses that must have cosigned.
        func witnesses() throws -> [VerifierKey] {
            try witness.map { try LogCommand.verifierKey($0, isWitness: true) }
        }

        func tell(_ cosignatures: [VerifiedSignature]) {
            for cosignature in cosignatures {
                let at = Instant(seconds: cosignature.posixSeconds ?? 0).rfc3339
                print("witness      \(cosignature.key.name), at \(at)")
            }
        }
    }
}
