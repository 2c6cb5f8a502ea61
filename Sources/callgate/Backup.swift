import ArgumentParser
import Crypto
import Documents
import Foundation
import GateModel
import Ledger
import LogVerification
import StorageSQLite

/// What a backup says of itself: `backup.json`, the archive's first file.
struct BackupManifest {
    struct File: Hashable {
        var path: String
        var size: Int64
        var sha256: String
    }

    static let name = "backup.json"
    static let format = 1
    var entries: Int64
    var lastAt: Instant?
    /// Sorted by path; all below `data/`.
    var files: [File]

    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("format", BackupManifest.format)
            json.member("entries", Int(entries))
            json.member("last_entry_at", lastAt?.rfc3339)
            json.name("files")
            json.array { json in
                for file in files {
                    json.object { json in
                        json.member("path", file.path)
                        json.member("size", Int(file.size))
                        json.member("sha256", file.sha256)
                    }
                }
            }
        }
        return json.bytes + [10]
    }

    init(entries: Int64, lastAt: Instant?, files: [File]) {
        (self.entries, self.lastAt, self.files) = (entries, lastAt, files)
    }

    init(json: [UInt8]) throws {
        let faults = FaultCollector()
        var reader = ObjectReader(try JSONParser.parse(json), faults: faults)
        if reader.integer("format") != BackupManifest.format {
            reader.fault(at: "format", "must be \(BackupManifest.format); this program knows no other")
        }
        entries = Int64(reader.integer("entries") ?? 0)
        lastAt = reader.instant("last_entry_at")
        files = (reader.objects("files") ?? []).map { object in
            var object = object
            let file = File(
                path: object.requireString("path"), size: Int64(object.integer("size") ?? -1),
                sha256: object.requireString("sha256"))
            object.close()
            return file
        }
        reader.close()
        try faults.check()
    }
}

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the data folder into one file, while the service runs. The key file is not in it.",
        discussion: "Left out are the index, which is made anew, and scrubs. Keep the key file apart from backups.")
    @Argument(help: "A file that is not there yet; a tar archive.") var file: String
    @OptionGroup var options: Options

    func run() async throws {
        let resolved = try await options.resolve()
        guard resolved.hasStore else { throw Failure.gate("there is no log in \(resolved.storeFolder)") }
        guard !FileManager.default.fileExists(atPath: file) else {
            throw Failure.input("\(file) is there already; name another file")
        }
        let making = file + ".making"
        let parts = making + "/data"
        do {
            try? FileManager.default.removeItem(atPath: making)
            try FileManager.default.createDirectory(
                atPath: parts, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(atPath: making) }
            // The tree first: then all that its checkpoints sign is in the copy of the log.
            try copyTree(from: resolved.data, to: parts)
            let last = try SQLiteStore.copyLog(of: resolved.storeFolder, to: parts + "/log.sqlite") {
                complain("a segment of the log is being made; the backup waits for it, ten minutes at most")
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: resolved.data).sorted()
            where !Backup.leftOut.contains(name) && !name.contains(".sqlite") && name != "tree" {
                try copy(name, from: resolved.data, to: parts)
            }
            let manifest = BackupManifest(
                entries: last?.sequence ?? 0, lastAt: try last.map { try EntryCore(bytes: $0.core).at },
                files: try files(below: making))
            try Data(manifest.json).write(to: URL(fileURLWithPath: "\(making)/\(BackupManifest.name)"))
            let partial = file + ".partial"
            try tar(["-C", making, "-cf", partial, BackupManifest.name, "data"])
            chmod(partial, 0o600)
            try sync(partial)
            try FileManager.default.moveItem(atPath: partial, toPath: file)
            try sync((file as NSString).deletingLastPathComponent)
            print("\(manifest.entries) entries, \(manifest.files.count) files")
            print("the key file \(resolved.keys) is not in it: keep a copy of it elsewhere")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure.gate("the backup failed: \(error)")
        }
    }

    /// Derived, gone in a week, or copied with the log.
    private static let leftOut: Set<String> = ["scrubs", "sample", "segments"]

    /// What witnesses cosigned first: each is a copy of one of the checkpoints, which are there before it.
    private func copyTree(from data: String, to parts: String) throws {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: data + "/tree")) ?? []).sorted()
        guard !names.isEmpty else { return }
        try FileManager.default.createDirectory(
            atPath: parts + "/tree", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let first = names.filter { $0 == "cosigned" }
        for name in first + names.filter({ $0 != "cosigned" }) { try copy("tree/" + name, from: data, to: parts) }
    }

    private func copy(_ name: String, from data: String, to parts: String) throws {
        guard FileManager.default.fileExists(atPath: "\(data)/\(name)") else { return }
        try FileManager.default.copyItem(atPath: "\(data)/\(name)", toPath: "\(parts)/\(name)")
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in place as a new data folder, and verify its log.",
        discussion: "Exit 1: the archive or the log in it is not what it says; nothing is put in place.")
    @Argument(help: "What `backup` made.") var file: String
    @OptionGroup var options: Options

    func run() async throws {
        let resolved = try await options.resolve()
        let manager = FileManager.default
        guard ((try? manager.contentsOfDirectory(atPath: resolved.data)) ?? []).isEmpty else {
            throw Failure.input("\(resolved.data) is not empty; name a new data folder with --data")
        }
        guard manager.isReadableFile(atPath: file) else { throw Failure.input("\(file) cannot be read") }
        let making = resolved.data + ".restoring"
        do {
            try? manager.removeItem(atPath: making)
            try manager.createDirectory(
                atPath: making, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? manager.removeItem(atPath: making) }
            do { try tar(["-C", making, "--no-same-owner", "-xf", file]) } catch {
                print("BROKEN: \(file) is no archive that can be read to its end")
                throw Failure.no
            }
            guard let json = manager.contents(atPath: "\(making)/\(BackupManifest.name)"),
                let manifest = try? BackupManifest(json: [UInt8](json))
            else {
                print("BROKEN: \(file) has no \(BackupManifest.name) that can be read; it is no backup of this program")
                throw Failure.no
            }
            try check(manifest, try files(below: making))
            try verify(manifest, in: making + "/data", keys: resolved.keys)
            for file in manifest.files { try sync("\(making)/\(file.path)") }
            // An empty folder may be there.
            rmdir(resolved.data)
            try manager.moveItem(atPath: making + "/data", toPath: resolved.data)
            try sync((resolved.data as NSString).deletingLastPathComponent)
            print("in place     \(resolved.data)")
            print("last entry   \(manifest.lastAt?.rfc3339 ?? "-")")
            print("Who was erased later is back: `callgate subject erase-again FILE` before the service starts.")
            print("What was decided later is lost: import those calls (`callgate attempts import`), tell compliance.")
        } catch let failure as Failure {
            throw failure
        } catch let code as ExitCode {
            throw code
        } catch {
            throw Failure.gate("the restore failed: \(error)")
        }
    }

    private func check(_ manifest: BackupManifest, _ found: [BackupManifest.File]) throws {
        let expected = Set(manifest.files)
        let wrong = expected.symmetricDifference(found).map(\.path).min()
        guard let wrong else { return }
        print("BROKEN: \(wrong) is missing, changed, or not a file of this backup")
        throw Failure.no
    }

    private func verify(_ manifest: BackupManifest, in data: String, keys: String) throws {
        guard FileManager.default.fileExists(atPath: data + "/tree/key") else {
            print("the log was never signed, so it is not verified")
            return
        }
        do {
            let report = try LogVerification(
                .init(database: data + "/log.sqlite", tree: data + "/tree", keys: keys)
            ).run()
            print("entries      \(report.entries), of them \(report.signed) signed")
            guard report.entries == manifest.entries else {
                print("BROKEN: the backup says \(manifest.entries) entries")
                throw Failure.no
            }
        } catch let finding as LogVerification.Finding {
            print("BROKEN: \(finding.text)")
            throw Failure.no
        } catch LogVerification.Problem.cannot(let why) {
            throw Failure.gate(why)
        }
    }
}

/// Every file below `data`, in the order of the paths.
private func files(below folder: String) throws -> [BackupManifest.File] {
    let root = folder + "/data"
    let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String }.sorted() ?? []
    return try paths.compactMap { path in
        var info = stat()
        guard lstat("\(root)/\(path)", &info) == 0 else { throw Failure.gate("\(root)/\(path) cannot be read") }
        if info.st_mode & S_IFMT == S_IFDIR { return nil }
        guard info.st_mode & S_IFMT == S_IFREG, let handle = FileHandle(forReadingAtPath: "\(root)/\(path)") else {
            throw Failure.gate("data/\(path) is no plain file")
        }
        var hash = SHA256()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        let digest = hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return .init(path: "data/" + path, size: Int64(info.st_size), sha256: digest)
    }
}

private func sync(_ path: String) throws {
    let descriptor = open(path.isEmpty ? "." : path, O_RDONLY)
    guard descriptor >= 0, fsync(descriptor) == 0, close(descriptor) == 0 else {
        throw Failure.gate("\(path) cannot be synced to the disk: \(String(cString: strerror(errno)))")
    }
}

/// GNU tar, which every Debian has.
private func tar(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/tar")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure.gate("tar ended with \(process.terminationStatus)") }
}
