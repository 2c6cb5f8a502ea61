import ArgumentParser
import Crypto
import Documents
import Foundation
import Gate
import GateModel
import Storage

extension LogCommand {
    struct Seal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move the oldest entries of the log into a file of their own, which stays readable.",
            discussion: "Works beside a running service. A command that is ended is finished or undone by the next.")
        @Option(help: "Everything before an instant, such as 2026-01-01T00:00:00Z.") var before: String?
        @Option(help: "Everything up to an entry, by its place in the log.") var through: Int64?
        @OptionGroup var options: Options

        func run() async throws {
            let end: SealingEnd
            switch (before, through) {
            case (let text?, nil):
                guard let instant = Instant(rfc3339: text) else {
                    throw Failure.input("--before must be an instant with an offset such as 2026-01-01T00:00:00Z")
                }
                end = .before(instant)
            case (nil, let sequence?): end = .through(sequence)
            default: throw Failure.input("give either --before or --through")
            }
            let segment = try await options.resolve().working { gate in try gate.seal(end) }
            guard let segment else {
                print("nothing was moved: there are no such entries, or another process moves some just now")
                return
            }
            print(segment.line)
        }
    }

    struct Segments: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The segments of the log.")
        @Flag(help: "One JSON object a line.") var json = false
        @OptionGroup var options: Options

        func run() async throws {
            let segments = try await options.resolve().withLog { store, _ in try store.read { try $0.segments() } }
            for segment in segments { print(json ? segment.json : segment.line) }
        }
    }

    struct Archive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy a segment's file, to be kept elsewhere and judged there with `log verify --segment`.",
            discussion: "The secrets of persons stay with the log: who is erased here is erased in every copy.")
        @Option(help: "The segment's number.") var segment: Int64
        @Option(name: .shortAndLong, help: "A file that is not there yet.") var output: String
        @OptionGroup var options: Options

        func run() async throws {
            let (number, output) = (segment, output)
            guard !FileManager.default.fileExists(atPath: output) else {
                throw Failure.input("\(output) is there already; name another file")
            }
            let segments = try await options.resolve().withLog { store, _ in
                let segments = try store.read { try $0.segments() }
                if segments.contains(where: { $0.number == number && $0.state == .sealed }) {
                    try store.copySegment(number, to: output)
                }
                return segments
            }
            guard let segment = segments.first(where: { $0.number == number && $0.state != .sealing }) else {
                throw Failure.input("there is no segment \(number)")
            }
            guard segment.state == .sealed else {
                throw Failure.input("the decisions of segment \(number) are dropped; there is nothing left to archive")
            }
            guard let file = FileHandle(forReadingAtPath: output) else {
                throw Failure.gate("\(output) cannot be read")
            }
            var hash = SHA256()
            while let bytes = try file.read(upToCount: 1 << 20), !bytes.isEmpty { hash.update(data: bytes) }
            print(segment.line)
            print("sha256       \(hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())")
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Drop the decisions and outcomes of a segment that the policy keeps no longer.",
            discussion: """
                Everything else in it stays, and so do the hashes in the tree. Exit 1: something is kept longer, still names \
                somebody, or a legal hold keeps it.
                """)
        @Option(help: "The segment's number.") var segment: Int64
        @Option(help: "Why; stands in the log.") var reason: String
        @OptionGroup var actor: ActorOptions
        @OptionGroup var options: Options

        func run() async throws {
            guard !reason.isEmpty else { throw Failure.input("--reason must say why") }
            let (number, reason, key) = (segment, reason, actor.key)
            let result = try await options.resolve().working { gate in
                try gate.dropSegment(number, reason: reason, by: key)
            }
            switch result {
            case .success(let segment): print(segment.line)
            case .failure(.conflict(_, let why, let id)):
                print("not dropped: \(why)\(id.map { " (hold \($0))" } ?? "")")
                throw Failure.no
            case .failure: _ = try result.orFail()
            }
        }
    }
}

extension Segment {
    private var word: String {
        switch state {
        case .sealing: "being made"
        case .sealed: "sealed"
        case .dropping: "being dropped"
        case .dropped: "dropped"
        }
    }

    fileprivate var line: String {
        let text =
            "segment \(number)    \(entries.lowerBound) to \(entries.upperBound), \(entries.count) entries, \(word)"
        return droppedBy.map { "\(text): \(dropped) decisions and outcomes, by entry \($0)" } ?? text
    }

    fileprivate var json: String {
        var json = JSONWriter()
        json.object { json in
            json.member("segment", Int(number))
            json.member("first", Int(entries.lowerBound))
            json.member("last", Int(entries.upperBound))
            json.member("state", word)
            json.member("dropped", Int(dropped))
        }
        return json.text
    }
}
