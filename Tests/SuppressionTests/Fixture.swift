import FoundationEssentials
import GateModel
import Glibc
import Suppression

/// A data folder of its own that disappears with the test.
final class Fixture: Sendable {
    let path: String
    var folder: ListFolder { ListFolder(data: path) }

    init() throws {
        // Flushing to a disk costs most of a test's time; what is tested here does not depend on it.
        let memory = "/dev/shm"
        let parent = access(memory, W_OK) == 0 ? memory : FileManager.default.temporaryDirectory.path
        path = parent + "/suppression-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Names of everything below a folder of the fixture, hidden files included.
    func contents(_ below: String = "") throws -> [String] {
        let folder = below.isEmpty ? path : path + "/" + below
        return try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    }

    func importVersion(
        _ definition: ListDefinition, _ text: String, mode: ListVersion.Mode = .replace, base: ListVersion? = nil,
        options: ImportOptions = ImportOptions(), usesShortcut: Bool = true
    ) throws -> (version: ListVersion, rejects: [String]) {
        try importVersion(
            definition, bytes: Array(text.utf8), mode: mode, base: base, options: options, usesShortcut: usesShortcut)
    }

    func importVersion(
        _ definition: ListDefinition, bytes: [UInt8], mode: ListVersion.Mode = .replace, base: ListVersion? = nil,
        options: ImportOptions = ImportOptions(), usesShortcut: Bool = true
    ) throws -> (version: ListVersion, rejects: [String]) {
        let begun = try folder.begin(
            definition, mode: mode, base: base?.number, asOf: noon, sourceName: "upload.csv", uploadedBy: "ops",
            at: noon)
        let spool = try folder.receive(begun)
        try bytes.withUnsafeBytes { try spool.write($0) }
        let received = try folder.received(begun, spool)
        var version = try folder.check(
            received, definition, options: options, normalise: chinese, shortcut: usesShortcut ? chineseDigits : nil)
        if version.state != .rejected {
            version = try folder.settle(version, VersionEffect(added: 0, removed: 0))
            if version.change != nil { version = try folder.build(version, on: try base.map(folder.open), definition) }
        }
        return (version, rejects(of: version))
    }

    /// Line, column and reason of each rejected line, as they can be downloaded.
    private func rejects(of version: ListVersion) -> [String] {
        let path = folder.rejectsPath(list: version.list, version: version.number)
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\r\n").dropFirst().map(String.init)
    }

    /// A version that must come out `ready`, opened.
    func snapshot(
        _ definition: ListDefinition, _ text: String, options: ImportOptions = ImportOptions()
    ) throws -> ListSnapshot {
        try folder.open(try importVersion(definition, text, options: options).version)
    }
}

let noon = Instant(rfc3339: "2026-03-01T12:00:00Z")!

/// Reads `+…` as it stands and eleven digits that start with 1 as a Chinese mobile number; spaces and dashes are
/// skipped.
@Sendable func chinese(_ text: String) -> E164? {
    let digits = text.filter { $0 != " " && $0 != "-" }
    if digits.hasPrefix("+") { return E164(digits) }
    guard digits.utf8.count == 11, digits.hasPrefix("1") else { return nil }
    return E164("+86" + digits)
}

/// The same for bytes, without what the shortcut must leave to the other.
@Sendable func chineseDigits(_ bytes: UnsafeRawBufferPointer) -> E164? {
    guard bytes.allSatisfy({ (48...57).contains($0) || "+- ".utf8.contains($0) }) else { return nil }
    return chinese(String(decoding: bytes, as: UTF8.self))
}

func number(_ text: String) -> E164 { E164(text)! }

func list(
    _ effect: ListDefinition.Effect = .suppress, _ entries: ListDefinition.Entries = .plain,
    _ coverage: ListDefinition.Coverage = .complete
) throws -> ListDefinition {
    try ListDefinition(name: "internal-dnc", effect: effect, entries: entries, coverage: coverage, region: "CN")
}
