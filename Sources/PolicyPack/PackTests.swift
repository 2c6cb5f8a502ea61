import Documents
import FoundationEssentials

/// The packs' own cases by their path below the policy folder. They are no part of the policy: a case that changes
/// leaves the policy's id as it is.
public struct PackTests: Sendable, Hashable {
    public var texts: [String: String]

    public init(texts: [String: String]) { self.texts = texts }

    /// Reads every `tests.yaml` below a folder.
    ///
    /// - Throws: Every file that cannot be read.
    public init(folder: String) throws(FileFaults) {
        texts = [:]
        var faults = FileFaults()
        for path in try policyPaths(in: folder) where path.split(separator: "/").last == "tests.yaml" {
            let bytes = FileManager.default.contents(atPath: folder + "/" + path)
            if let text = bytes.flatMap({ String(validating: $0, as: UTF8.self) }) {
                texts[path] = text
            } else {
                faults.add(path, "cannot be read as UTF-8 text")
            }
        }
        if !faults.entries.isEmpty { throw faults }
    }

    /// The path of a pack's cases.
    public static func path(besidePack path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/") + "/tests.yaml"
    }
}

/// Every path below the folder, in order.
func policyPaths(in folder: String) throws(FileFaults) -> [String] {
    // The dot follows a folder that is a symbolic link, which the walk itself does not.
    guard let walker = FileManager.default.enumerator(atPath: folder + "/.") else {
        var faults = FileFaults()
        faults.add(folder, "the policy folder cannot be read; give it with --policy")
        throw faults
    }
    return walker.compactMap { $0 as? String }.sorted()
}

extension LoadedPolicy {
    /// Reads every pack's cases.
    ///
    /// - Throws: Everything that is wrong in every file.
    public func cases(_ tests: PackTests) throws(FileFaults) -> [String: [PolicyCase]] {
        var faults = FileFaults()
        var cases: [String: [PolicyCase]] = [:]
        for (path, text) in tests.texts.sorted(by: { $0.key < $1.key }) {
            do throws(Faults) { cases[path] = try self.cases(yaml: text) } catch { faults.add(path, error.all) }
        }
        if !faults.entries.isEmpty { throw faults }
        return cases
    }
}
