import GateModel
import Ledger
import Storage

/// What is on record about the calls of a block, read in one consistent view of the store, beside the sequencer. Belongs to
/// one thread.
final class RecordsView: RecordSource {
    let configuration: Configuration
    let registry: Registry
    private var states: [LookupKey: Result<SubjectState, any Error>] = [:]
    private let empty = SubjectState()

    /// Reads what is recorded under each of the keys.
    ///
    /// - Parameters:
    ///   - registry: As of an earlier view, and up to which entry; brought up to this view.
    ///   - keys: In any order, also repeated.
    ///   - configuration: As of an earlier view; its lists are brought up to this one.
    /// - Throws: Where the store cannot be read. One record that cannot be read is told by ``state(_:)``.
    init(
        _ reading: any StoreReading, of keys: [LookupKey], registry seen: inout (registry: Registry, head: Int64),
        configuration: inout Configuration, catalog: ListCatalog, ledger: LedgerKeys
    ) throws {
        while let last = try Self.fold(reading, into: &seen) { seen.head = last }
        registry = seen.registry
        if registry.listGeneration != configuration.listGeneration {
            // As the sequencer does: a list's version counts from the first view that shows it.
            configuration = configuration.following(registry, catalog, generation: configuration.generation)
        }
        self.configuration = configuration
        // In the order of the index: neighbours are read together.
        var asked = keys.sorted()
        asked.removeDuplicates()
        let found = try reading.entries(by: asked)
        let subjects = Array(Set(found.joined().compactMap { $0.personal == nil ? nil : $0.subject })).sorted()
        let wrapped = Dictionary(uniqueKeysWithValues: zip(subjects, try reading.secrets(subjects)))
        var secrets: [Int64: SubjectSecret] = [:]
        func secret(_ subject: Int64) throws -> SubjectSecret? {
            if let secret = secrets[subject] { return secret }
            guard let bytes = wrapped[subject] ?? nil else { return nil }
            let secret = try ledger.unwrap(bytes)
            secrets[subject] = secret
            return secret
        }
        for (key, entries) in zip(asked, found) where !entries.isEmpty {
            states[key] = Result { try SubjectState(of: key, entries, secretOf: secret) }
        }
    }

    private static func fold(
        _ reading: any StoreReading, into seen: inout (registry: Registry, head: Int64)
    ) throws -> Int64? {
        let entries = try reading.entries(after: seen.head, limit: 1000)
        for entry in entries { seen.registry.fold(entry, try EntryCore(bytes: entry.core)) }
        return entries.last?.sequence
    }

    /// - Throws: Where a record of this number or customer cannot be read; nothing may be allowed then.
    func state(_ key: LookupKey) throws -> SubjectState { try states[key]?.get() ?? empty }
}

extension Array where Element: Equatable {
    /// Keeps the first of equal neighbours.
    fileprivate mutating func removeDuplicates() {
        var last: Element?
        removeAll { element in
            defer { last = element }
            return element == last
        }
    }
}
