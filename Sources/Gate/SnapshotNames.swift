import Crypto
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Storage
import Synchronization

/// What snapshot entries name, for answers. A handful of entries; they never change.
final class SnapshotNames: Sendable {
    typealias Names = (policy: String, lists: String, tzdata: String)

    private let names = Mutex<[Int64: Names]>([:])

    func find(_ sequence: Int64) -> Names? { names.withLock { $0[sequence] } }

    func insert(_ sequence: Int64, _ value: Names) {
        names.withLock { names in
            if names.count > 1000 { names.removeAll() }
            names[sequence] = value
        }
    }
}

/// The policies of earlier decisions, which are told in the words they were made under. A handful; the rest is loaded
/// again from what the log pins.
final class EarlierPolicies: Sendable {
    private let policies = Mutex<[String: PolicySnapshot]>([:])

    func find(_ id: String) -> PolicySnapshot? { policies.withLock { $0[id] } }

    func insert(_ policy: PolicySnapshot) {
        policies.withLock { policies in
            if policies.count >= 8 { policies.removeAll() }
            policies[policy.id] = policy
        }
    }
}

extension Gate {
    /// The policy of that id; the one in force where the other cannot be read any more.
    func policy(_ id: String, in view: (any StoreReading)? = nil) -> PolicySnapshot {
        let current = configuration.policy.snapshot
        if current.id == id { return current }
        if let known = earlierPolicies.find(id) { return known }
        let pin = Configuration.pinName(ofPolicy: id)
        let pinned = try? view.map { try $0.pinned(pin) } ?? store.read { try $0.pinned(pin) }
        guard let archive = pinned, let files = try? PolicyFiles(archive: archive),
            let loaded = try? files.load(zones: zones, tzdata: zones.version, defaultRegion: options.defaultRegion)
        else { return current }
        earlierPolicies.insert(loaded.snapshot)
        return loaded.snapshot
    }
}

extension PolicyFiles {
    /// One sequence of bytes for all of them.
    var archive: [UInt8] {
        var archive = CBORWriter(capacity: 65_536)
        archive.each(bytes.sorted { $0.key < $1.key }) { writer, file in
            writer.array(2)
            writer.text(file.key)
            writer.data(file.value)
        }
        return archive.bytes
    }

    init(archive: [UInt8]) throws(MalformedRecord) {
        var reader = CBORReader(archive)
        let files = try reader.each { reader throws(MalformedRecord) in
            try reader.array(2)
            return (try reader.text(), try reader.data())
        }
        self.init(bytes: Dictionary(files) { $1 })
    }
}
