import Crypto
import Foundation
import GateModel
import Synchronization

/// Long work on a file that was sent over the interface: `DATA/NAME/ID/{job.json, input, output}`, one folder for each piece.
///
/// Numbers stand in these files, so nobody but the service's account may read them, and they are removed in time.
public final class JobFolder: Sendable {
    /// After which a job is removed with its files: it is personal data that nobody needs.
    public static let retention = Span.days(7)
    /// Bytes of one file: about a hundred million rows.
    public static let mostBytes = 8 << 30

    private let folder: String
    private let jobs = Mutex<[String: BackgroundWork.Job]>([:])

    init(data: String, name: String) { folder = data + "/" + name }

    func path(_ id: String, _ file: String = "") -> String { folder + "/" + id + (file.isEmpty ? "" : "/" + file) }

    /// Whether a text may be the name of a job's folder.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The jobs on the disk, in order.
    var ids: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(JobFolder.isID).sorted()
    }

    /// A file that is being received. For one task at a time.
    public final class Intake: Sendable {
        public let id: String
        private let handle: FileHandle
        private let received = Mutex(0)

        fileprivate init(id: String, handle: FileHandle) {
            self.id = id
            self.handle = handle
        }

        /// - Returns: False where the file is larger than ``JobFolder/mostBytes``.
        /// - Throws: Where the disk is full.
        public func feed(_ bytes: [UInt8]) throws -> Bool {
            let total = received.withLock { received in
                received += bytes.count
                return received
            }
            guard total <= JobFolder.mostBytes else { return false }
            try handle.write(contentsOf: Data(bytes))
            return true
        }
    }

    /// Makes a job's folder, in which `describe` writes `job.json`, and opens its input.
    func begin(_ describe: (_ id: String) throws -> Void) throws -> Intake {
        let id = SymmetricKey(size: .bits128).withUnsafeBytes { hexadecimal(Array($0)) }
        try FileManager.default.createDirectory(
            atPath: path(id), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try describe(id)
        return Intake(id: id, handle: try PrivateFile.open(path(id, "input")))
    }

    /// Adds the work on a job's file.
    func start(_ id: String, _ add: () -> BackgroundWork.Job) {
        // Held until the job is known by its id: it may end at once.
        jobs.withLock { $0[id] = add() }
    }

    /// Forgets work that has ended.
    func finish(_ id: String) { jobs.withLock { $0[id] = nil } }

    /// Whether there is work on a job in this process.
    func isKnown(_ id: String) -> Bool { jobs.withLock { $0[id] != nil } }

    /// 0 to 1; nil where nothing is known of it.
    func share(_ id: String) -> Double? { jobs.withLock { $0[id]?.progress.share } }

    /// Removes a job with its files; what runs is ended first. Blocks until it has.
    func remove(_ id: String) {
        let job = jobs.withLock { $0.removeValue(forKey: id) }
        if let job {
            job.cancel()
            if job.state == .running { job.wait() }
        }
        try? FileManager.default.removeItem(atPath: path(id))
    }
}
