import Foundation
import GateModel

/// A folder of its own that disappears with the value that holds it.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// - Parameter inMemory: Whether what is flushed need not reach a disk, which costs most of a test's time.
    public init(inMemory: Bool = true) throws {
        let memory = "/dev/shm"
        let parent =
            inMemory && FileManager.default.isWritableFile(atPath: memory)
            ? memory : FileManager.default.temporaryDirectory.path
        path = parent + "/callgate-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Writes a file that shows a given time of change to whoever asks.
    public func write(_ text: String, to name: String, changed: Instant) throws {
        try write(text, to: name)
        let path = path + "/" + name
        let wanted = Date(timeIntervalSince1970: Double(changed.milliseconds) / 1000)
        try FileManager.default.setAttributes([.modificationDate: wanted], ofItemAtPath: path)
        // A faked clock moves the times that are read and not those that are set.
        guard let shown = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date else {
            return
        }
        let moved = (shown.timeIntervalSince(wanted) * 1000).rounded() / 1000
        guard moved != 0 else { return }
        try FileManager.default.setAttributes(
            [.modificationDate: wanted.addingTimeInterval(-moved)], ofItemAtPath: path)
    }

    public func copy(_ source: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: source, toPath: path + "/" + name)
    }

    public func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }
}
