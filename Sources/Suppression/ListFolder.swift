import GateModel
import Glibc

/// The lists on disk: `<data>/lists/<name>/<number>/{index, meta.json, rejects.csv}`.
///
/// A value without state of its own; safe from any task. Several processes may begin versions at once, since making a
/// folder is atomic; the state of one version is to be changed by one of them only, since the last write wins.
public struct ListFolder: Sendable {
    private let root: String

    /// - Parameter data: The data folder; nothing in it is made before the first version begins.
    public init(data: String) { root = data + "/lists" }

    /// Where a version's index, metadata and rejected lines lie; not checked for existence.
    public func path(list: String, version: Int) -> String { "\(root)/\(list)/\(version)" }

    /// Where a version's index lies; not checked for existence.
    public func indexPath(list: String, version: Int) -> String { path(list: list, version: version) + "/index" }
    /// `line,column,reason` with a header, for download; there once a version was read and has rejected lines.
    public func rejectsPath(list: String, version: Int) -> String {
        path(list: list, version: version) + "/rejects.csv"
    }

    /// Begins a version, in state `receiving`, under the next free number.
    ///
    /// - Parameters:
    ///   - base: The active version, which an `add` or `remove` changes; nil for an empty list. Dropped for `replace`.
    ///   - sourceName: The uploaded file's name, for show only.
    ///   - isDryRun: Whether the upload is only to be counted.
    public func begin(
        _ definition: ListDefinition, mode: ListVersion.Mode = .replace, base: Int? = nil, asOf: Instant,
        sourceName: String, uploadedBy: String, at createdAt: Instant, isDryRun: Bool = false
    ) throws(SuppressionError) -> ListVersion {
        let list = definition.name
        try makeFolder(root)
        try makeFolder("\(root)/\(list)")
        var number = (try numbers(of: list).last ?? 0) + 1
        while mkdir(path(list: list, version: number), 0o750) != 0 {
            guard errno == EEXIST else {
                throw .io(operation: "create", path: path(list: list, version: number), code: errno)
            }
            number += 1
        }
        try syncFolder("\(root)/\(list)")
        let version = ListVersion(
            list: list, number: number, asOf: asOf, mode: mode, base: mode == .replace ? nil : base,
            isDryRun: isDryRun, sourceName: sourceName, uploadedBy: uploadedBy, createdAt: createdAt, state: .receiving,
            rejection: nil, upload: nil, change: nil, index: nil, counts: ImportCounts(), entries: 0, effect: nil)
        try save(version)
        return version
    }

    /// Gives a version up: an upload that broke off, or one that no one wants.
    @discardableResult
    public func reject(_ version: ListVersion, because reason: String) throws(SuppressionError) -> ListVersion {
        var version = try moved(version, to: .rejected)
        let folder = path(list: version.list, version: version.number)
        // Only a process that was killed leaves hidden ones behind.
        for name in try names(in: folder, hidden: true) + ["upload", "change", "index"] { unlink("\(folder)/\(name)") }
        version.rejection = reason
        try save(version)
        return version
    }

    /// Every list that has a folder, by name.
    public func lists() throws(SuppressionError) -> [String] {
        try names(in: root).filter(ListDefinition.isName).sorted()
    }

    /// A list's versions, the oldest first; empty for an unknown list. A folder without metadata is a number that was
    /// taken and never used.
    public func versions(of list: String) throws(SuppressionError) -> [ListVersion] {
        var result: [ListVersion] = []
        for number in try numbers(of: list) {
            let file = path(list: list, version: number) + "/meta.json"
            if access(file, F_OK) == 0 { result.append(try readVersion(file)) }
        }
        return result
    }

    /// - Throws: ``SuppressionError/notFound(list:version:)``.
    public func version(_ number: Int, of list: String) throws(SuppressionError) -> ListVersion {
        let file = path(list: list, version: number) + "/meta.json"
        guard ListDefinition.isName(list), access(file, F_OK) == 0 else {
            throw .notFound(list: list, version: number)
        }
        return try readVersion(file)
    }

    /// Opens a version's index.
    ///
    /// - Throws: ``SuppressionError/wrongState(list:version:state:wanted:)`` for a version that has none.
    public func open(_ version: ListVersion) throws(SuppressionError) -> ListSnapshot {
        guard version.state != .rejected, let index = version.index else {
            throw .wrongState(list: version.list, version: version.number, state: version.state, wanted: .active)
        }
        return try ListSnapshot(
            path: indexPath(list: version.list, version: version.number), sha256: index.sha256)
    }

    /// Opens what a version adds or removes.
    ///
    /// - Throws: ``SuppressionError/wrongState(list:version:state:wanted:)`` for a version that replaces.
    public func openChange(_ version: ListVersion) throws(SuppressionError) -> ListSnapshot {
        guard version.state != .rejected, let change = version.change else {
            throw .wrongState(list: version.list, version: version.number, state: version.state, wanted: .active)
        }
        return try ListSnapshot(path: changePath(version), sha256: change.sha256)
    }

    /// Where an upload lies until it is checked; not checked for existence.
    public func uploadPath(_ version: ListVersion) -> String {
        path(list: version.list, version: version.number) + "/upload"
    }

    func changePath(_ version: ListVersion) -> String {
        path(list: version.list, version: version.number) + "/change"
    }

    func moved(_ version: ListVersion, to state: ListVersion.State) throws(SuppressionError) -> ListVersion {
        guard version.state.canBecome(state) else {
            throw .wrongState(list: version.list, version: version.number, state: version.state, wanted: state)
        }
        var version = version
        version.state = state
        return version
    }

    func save(_ version: ListVersion) throws(SuppressionError) {
        let file = try AtomicFile(target: path(list: version.list, version: version.number) + "/meta.json")
        try file.write(version.json)
        try file.commit()
    }

    private func readVersion(_ file: String) throws(SuppressionError) -> ListVersion {
        let mapped = try MappedFile(path: file)
        guard let version = withExtendedLifetime(mapped, { ListVersion(json: mapped.bytes) }) else {
            throw .corrupt(path: file, reason: "it is no metadata of a version")
        }
        return version
    }

    func writeRejects(_ rejects: [Reject], of version: ListVersion) throws(SuppressionError) {
        let file = try AtomicFile(target: rejectsPath(list: version.list, version: version.number))
        let rows = rejects.map { "\($0.line),\($0.column),\"\($0.reason)\"" }
        try file.write(Array((["line,column,reason"] + rows + [""]).joined(separator: "\r\n").utf8))
        try file.commit()
    }

    private func numbers(of list: String) throws(SuppressionError) -> [Int] {
        guard ListDefinition.isName(list) else { return [] }
        return try names(in: "\(root)/\(list)").compactMap(Int.init).filter { $0 > 0 }.sorted()
    }

    private func names(in folder: String, hidden: Bool = false) throws(SuppressionError) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw .io(operation: "read", path: folder, code: errno)
        }
        defer { closedir(stream) }
        var result: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
            }
            if name != ".", name != "..", name.hasPrefix(".") == hidden { result.append(name) }
        }
        return result
    }

    /// Makes a folder and those above it; one that exists is left as it is.
    private func makeFolder(_ path: String) throws(SuppressionError) {
        if access(path, F_OK) == 0 { return }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !parent.isEmpty { try makeFolder(parent) }
        if mkdir(path, 0o750) != 0, errno != EEXIST { throw .io(operation: "create", path: path, code: errno) }
        try syncFolder(parent.isEmpty ? "/" : parent)
    }
}
