import CCurl
import Foundation
import GateModel

/// What a fetch brought.
public enum FetchResult {
    /// The source holds what is known already.
    case unchanged
    case fetched(Fetched)
}

/// A file that was received whole and checked.
public struct Fetched {
    /// Removed with its last reference.
    public let file: ReceivedFile
    /// By what it is known again; ``Validators/modified`` is the time the source gives, nil where it gives none.
    public let validators: Validators
}

/// Fetches one file. Blocks: for plain threads.
public struct Fetcher: Sendable {
    /// Looks a name of credentials up.
    public let credentials: @Sendable (String) -> FeedCredentials?
    /// For how long next to nothing may come before a transfer is given up, in seconds.
    public let patience: Int

    public init(patience: Int = 60, credentials: @escaping @Sendable (String) -> FeedCredentials?) {
        self.credentials = credentials
        self.patience = patience
    }

    /// A transfer that breaks off is resumed so many times, as long as each time brought something.
    static let mostResumptions = 8
    /// A checksum or signature is small.
    static let companionLimit = 65_536

    /// Fetches a feed's file, not a watched folder.
    ///
    /// - Parameters:
    ///   - path: Where the file is received.
    ///   - known: What was fetched last; an empty value fetches in any case.
    ///   - isCancelled: Asked about once a second.
    /// - Throws: ``FeedError``; then nothing is left at `path`.
    public func fetch(
        _ definition: FeedDefinition, to path: String, known: Validators, isCancelled: @escaping () -> Bool = { false }
    ) throws(FeedError) -> FetchResult {
        let deadline = ContinuousClock.now + .milliseconds(definition.timeLimit.milliseconds)
        switch definition.source {
        case .folder: throw .definition(field: "folder", why: "is watched, not fetched")
        case .file(let source):
            return try copy(source, definition, to: path, known: known, deadline: deadline, isCancelled: isCancelled)
        case .remote(_, let url, let host):
            var found: FeedCredentials?
            if let name = definition.credentials {
                found = credentials(name)
                if found == nil { throw .credentialsMissing(name: name) }
            }
            let handle = try CurlHandle(definition, found, host: host)
            let transfer = Transfer(
                handle: handle, definition: definition, url: url, deadline: deadline, patience: patience,
                isCancelled: isCancelled)
            let result = try transfer.run(to: path, known: known)
            if case .fetched(let fetched) = result {
                try verify(fetched.file.path, sha256: fetched.file.sha256, definition, source: definition.source) {
                    companion throws(FeedError) in
                    guard case .remote(_, let url, let host) = companion else { return [] }
                    return try Transfer(
                        handle: try CurlHandle(definition, found, host: host), definition: definition, url: url,
                        deadline: deadline, patience: patience, isCancelled: isCancelled
                    ).small()
                }
            }
            return result
        }
    }

    private func copy(
        _ source: String, _ definition: FeedDefinition, to path: String, known: Validators,
        deadline: ContinuousClock.Instant, isCancelled: () -> Bool
    ) throws(FeedError) -> FetchResult {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else {
            if errno == ENOENT { throw .notFound(what: source) }
            throw .io(operation: "open", path: source, code: errno)
        }
        defer { close(input) }
        func facts() throws(FeedError) -> FileFacts {
            var info = stat()
            guard fstat(input, &info) == 0, let facts = FileFacts(info) else {
                throw .definition(field: "url", why: "is no file; give a folder as `folder`")
            }
            return facts
        }
        let before = try facts()
        let offered = Validators(modified: before.modified, bytes: before.bytes)
        if offered == known { return .unchanged }
        guard before.bytes > 0 else { throw .empty }
        guard before.bytes <= definition.sizeLimit else { throw .tooLarge(limit: definition.sizeLimit) }
        let file = try ReceivedFile(path)
        try readPieces(of: input, path: source) { bytes throws(FeedError) in
            if isCancelled() { throw .cancelled }
            if ContinuousClock.now >= deadline {
                throw .timeLimit(seconds: Int(definition.timeLimit.milliseconds / 1000))
            }
            guard file.length + Int64(bytes.count) <= definition.sizeLimit else {
                throw .tooLarge(limit: definition.sizeLimit)
            }
            try file.append(bytes)
        }
        guard try facts() == before, file.length == before.bytes else { throw .changed }
        try verify(file.path, sha256: file.sha256, definition, source: definition.source) {
            companion throws(FeedError) in
            guard case .file(let path) = companion else { return [] }
            return try readSmall(path)
        }
        return .fetched(Fetched(file: file, validators: offered))
    }
}

/// Reads an open file from where it stands, a piece at a time.
func readPieces(
    of descriptor: Int32, path: String, _ body: (UnsafeRawBufferPointer) throws(FeedError) -> Void
) throws(FeedError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw .io(operation: "read", path: path, code: errno)
        }
        if count == 0 { return }
        try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
}

/// A checksum or signature that lies in a file.
func readSmall(_ path: String) throws(FeedError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        if errno == ENOENT { throw .notFound(what: path) }
        throw .io(operation: "open", path: path, code: errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Fetcher.companionLimit + 1)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw .io(operation: "read", path: path, code: errno) }
    guard count <= Fetcher.companionLimit else { throw .tooLarge(limit: Int64(Fetcher.companionLimit)) }
    return Array(bytes[..<count])
}
