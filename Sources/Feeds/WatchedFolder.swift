import Foundation
import GateModel
import Synchronization

/// A folder into which others put files, and what was seen there at the last look.
final class WatchedFolder: Sendable {
    private let lastLook = Mutex<[String: FileFacts]>([:])

    /// Looks once.
    ///
    /// - Parameter suffixes: Of checksums and signatures: no lists themselves, and a list waits for them.
    /// - Returns: The files that are complete, the earliest changed first.
    func look(_ path: String, suffixes: [String]) throws(FeedError) -> [(name: String, facts: FileFacts)] {
        guard let stream = opendir(path) else { throw .folder(path: path, code: errno) }
        defer { closedir(stream) }
        var found: [String: FileFacts] = [:]
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
            }
            if let facts = FileFacts(path: "\(path)/\(name)") { found[name] = facts }
        }
        let before = lastLook.withLock { last in
            defer { last = found }
            return last
        }
        return complete(found, before: before, suffixes: suffixes)
    }

    /// Moves a file, and what belongs to it, into `done/` or `failed/` of its folder.
    ///
    /// - Parameter reason: Written beside a failed file.
    static func move(_ name: String, of path: String, suffixes: [String], reason: String?) throws(FeedError) {
        let folder = "\(path)/\(reason == nil ? "done" : "failed")"
        if mkdir(folder, 0o750) != 0, errno != EEXIST { throw .folder(path: folder, code: errno) }
        var target = "\(folder)/\(name)"
        var number = 1
        while access(target, F_OK) == 0 {
            number += 1
            target = "\(folder)/\(name).\(number)"
        }
        if let reason { try writeDurably(Array((reason + "\n").utf8), to: target + ".reason", in: folder) }
        guard rename("\(path)/\(name)", target) == 0 else { throw .io(operation: "move", path: target, code: errno) }
        for suffix in suffixes { _ = rename("\(path)/\(name)\(suffix)", target + suffix) }
    }
}

/// The files that did not change between two looks, the earliest changed first; the name decides between equals.
func complete(
    _ now: [String: FileFacts], before: [String: FileFacts], suffixes: [String]
) -> [(name: String, facts: FileFacts)] {
    func isStill(_ name: String) -> Bool { now[name] != nil && now[name] == before[name] }
    return now.filter { name, _ in
        !name.hasPrefix(".") && !name.hasSuffix(".part") && !name.hasSuffix(".tmp")
            && !suffixes.contains(where: name.hasSuffix)
            && isStill(name) && suffixes.allSatisfy { isStill(name + $0) }
    }
    .map { (name: $0.key, facts: $0.value) }
    .sorted { a, b in
        (a.facts.seconds, a.facts.nanoseconds, a.name) < (b.facts.seconds, b.facts.nanoseconds, b.name)
    }
}
