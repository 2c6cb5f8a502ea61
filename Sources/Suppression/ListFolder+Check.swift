import GateModel
import Glibc
import Tables

/// From an upload to a version that can be put in force: receive, check, settle, build.
extension ListFolder {
    /// A place for the bytes of an upload. Nothing of it is left if it is dropped before ``received(_:_:)``.
    public func receive(_ version: ListVersion) throws(SuppressionError) -> UploadSpool {
        UploadSpool(file: try AtomicFile(target: uploadPath(version)))
    }

    /// The upload was received to its end and lies durable in the version's folder.
    ///
    /// - Returns: The version in state `checking`.
    public func received(_ version: ListVersion, _ spool: UploadSpool) throws(SuppressionError) -> ListVersion {
        var version = try moved(version, to: .checking)
        version.upload = try spool.file.commit()
        try save(version)
        return version
    }

    /// Reads a received upload and writes what it says: the index of a version that replaces, or a change. Blocks, for
    /// minutes where there are hundreds of millions of lines.
    ///
    /// - Parameters:
    ///   - shortcut: As in ``ListImporter``.
    ///   - progress: Told the share that is read, 0 to 1, after each chunk; false ends the check.
    /// - Returns: The version, still `checking`, with its counts; or `rejected` with its reason.
    /// - Throws: Anything but a rejection, such as a full disk or ``SuppressionError/interrupted``; nothing but the upload
    ///   is left then.
    public func check(
        _ version: ListVersion, _ definition: ListDefinition, options: ImportOptions = ImportOptions(),
        normalise: @escaping @Sendable (String) -> E164?,
        shortcut: (@Sendable (UnsafeRawBufferPointer) -> E164?)? = nil,
        progress: (Double) -> Bool = { _ in true }
    ) throws(SuppressionError) -> ListVersion {
        var version = version
        let importer = ListImporter(
            definition: definition, isRemoval: version.mode == .remove, takesChanges: version.mode != .replace,
            asOf: version.asOf, latestAnswer: version.createdAt + .minutes(5), options: options,
            normalise: normalise, shortcut: shortcut)
        let isChange = version.mode != .replace
        let path = isChange ? changePath(version) : indexPath(list: version.list, version: version.number)
        // A check that was broken off may have written it.
        unlink(path)
        let outcome = Result { () throws(SuppressionError) in
            try feed(importer, uploadPath(version), options.completed(by: definition.reading).table, progress)
            return try importer.finish(writing: path)
        }
        if !importer.rejects.isEmpty { try writeRejects(importer.rejects, of: version) }
        switch outcome {
        case .success(let summary):
            if isChange { version.change = summary.index } else { version.index = summary.index }
            version.counts = summary.counts
            version.entries = summary.entries
            if definition.coverage == .prefixes, !isChange, try open(version).coveredPrefixes.isEmpty {
                return try reject(version, because: "\(UploadRejection.noCoveredPrefix)")
            }
            return version
        case .failure(.rejected(let reason)):
            version.counts.lines = importer.progress.lines
            version.counts.rejected = importer.progress.rejected
            version.counts.accepted = importer.progress.lines - importer.progress.rejected
            return try reject(version, because: "\(reason)")
        case .failure(let error): throw error
        }
    }

    private func feed(
        _ importer: ListImporter, _ path: String, _ options: TableOptions, _ progress: (Double) -> Bool
    ) throws(SuppressionError) {
        let file: TableFile
        do throws(TableFault) { file = try TableFile(path: path, options: options) } catch {
            if case .io(let operation, let path, let code) = error {
                throw .io(operation: operation, path: path, code: code)
            }
            throw .rejected(error == .empty ? .empty : .table(error))
        }
        try importer.read(file, progress: progress)
    }

    /// Ends the check of a version: `ready`, or for a dry run `rejected` with everything that was written taken away.
    ///
    /// - Returns: The version as it is told: a dry run that could have been activated is told as `ready`.
    public func settle(_ version: ListVersion, _ effect: VersionEffect) throws(SuppressionError) -> ListVersion {
        var version = version
        version.effect = effect
        guard !version.isDryRun else {
            _ = try reject(version, because: "a dry run")
            version.state = .ready
            return version
        }
        version = try moved(version, to: .ready)
        try save(version)
        unlink(uploadPath(version))
        return version
    }

    /// Writes the whole index of a version that adds or removes.
    ///
    /// - Parameters:
    ///   - base: The content that it changes; nil is an empty list.
    ///   - earlier: Additions made to the base before this version, in their order, that no index holds yet.
    /// - Returns: The version with its ``ListVersion/index``.
    public func build(
        _ version: ListVersion, on base: ListSnapshot?, after earlier: [ListVersion] = [], _ definition: ListDefinition
    ) throws(SuppressionError) -> ListVersion {
        // The library believes what a bitmap says, and a damaged one could make it write beyond its memory.
        try base?.verify()
        var changes: [ListSnapshot] = []
        for version in earlier + [version] {
            let change = try openChange(version)
            try change.verify()
            changes.append(change)
        }
        let contents: IndexContents
        if version.mode == .remove {
            precondition(changes.count == 1, "a removal is made on a whole index")
            contents = try ListMerge.removing(changes[0], from: base, definition)
        } else {
            contents = try ListMerge.adding(changes, to: base, definition)
        }
        var version = version
        version.index = try contents.write(to: indexPath(list: version.list, version: version.number))
        version.entries = contents.entries
        try save(version)
        return version
    }

    /// Makes the calling process the only one that works on a version; nil where another does. Ends with the claim.
    public func claim(_ version: ListVersion) -> VersionClaim? {
        VersionClaim(folder: path(list: version.list, version: version.number))
    }
}

/// Takes the bytes of an upload and writes them to disk; for one task at a time.
public final class UploadSpool {
    let file: AtomicFile

    init(file: AtomicFile) { self.file = file }

    /// Bytes received so far.
    public var length: Int { file.length }

    /// Blocks while the bytes are written.
    ///
    /// - Throws: ``SuppressionError/io(operation:path:code:)``, for a full disk say; give the version up.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SuppressionError) { try file.write(bytes) }
}

/// A lock on a version's folder, held until the claim goes or the process ends.
public final class VersionClaim: Sendable {
    private let descriptor: Int32

    init?(folder: String) {
        descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
    }

    // By name, as a process that is just being started has a copy of the descriptor for a moment.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
