import Documents

/// What is wrong with a set of files, every fault with its file, line and column.
public struct FileFaults: Error, Sendable, CustomStringConvertible {
    public struct Entry: Sendable, Hashable {
        /// Path below the policy folder.
        public var file: String
        public var fault: Fault
    }

    public var entries: [Entry] = []

    public init() {}

    public mutating func add(_ file: String, _ faults: [Fault]) {
        entries += faults.map { Entry(file: file, fault: $0) }
    }

    public mutating func add(_ file: String, _ detail: String) { add(file, [Fault(pointer: "", detail: detail)]) }

    public var description: String {
        entries.map { "\($0.file):\($0.fault.mark == .none ? " " : "")\($0.fault)" }.joined(separator: "\n")
    }
}
