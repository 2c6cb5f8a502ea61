import Calendars
import Documents
import Foundation
import Gate
import GateModel
import Logging
import Storage
import Synchronization

/// A clock that stands still until it is moved.
public final class SettableClock: Sendable {
    private let instant: Mutex<Instant>
    public init(_ instant: Instant) { self.instant = Mutex(instant) }
    public var now: Instant { instant.withLock { $0 } }
    public func set(_ value: Instant) { instant.withLock { $0 = value } }
    public func advance(_ span: Span) { instant.withLock { $0 = $0 + span } }
}

/// An instance's files and clock, over which any number of gates may be opened, as processes would.
public final class GateFixture: Sendable {
    public let folder: TemporaryFolder
    public let clock: SettableClock
    private let makeStore: @Sendable (_ folder: String) throws -> any Store

    /// - Parameters:
    ///   - core: The text of the core pack.
    ///   - pack: The text of a pack for `CN`.
    public init(
        core: String, pack: String, at: Instant, inMemory: Bool = true,
        makeStore: @escaping @Sendable (_ folder: String) throws -> any Store
    ) throws {
        folder = try TemporaryFolder(inMemory: inMemory)
        clock = SettableClock(at)
        self.makeStore = makeStore
        try folder.write(core, to: "policy/core/pack.yaml")
        try folder.write(pack, to: "policy/CN/test/pack.yaml")
        for list in ["internal-dnc", "reassigned"] {
            try folder.write("kept_by_gate: true\nregion: CN\n", to: "blocklists/\(list)/list.yaml")
        }
    }

    public var options: GateOptions {
        var options = GateOptions(
            data: folder.path + "/data", policy: folder.path + "/policy", blocklists: folder.path + "/blocklists")
        options.candidates = folder.path + "/candidates"
        return options
    }

    public func store() throws -> any Store { try makeStore(folder.path + "/data") }

    /// Opens and starts a gate, as another process would.
    ///
    /// - Parameters:
    ///   - clock: Another than the fixture's, for a machine whose clock differs.
    ///   - toleratesFaults: As in ``GateOptions``.
    public func open(
        over store: (any Store)? = nil, clock: SettableClock? = nil, toleratesFaults: Bool = false
    ) throws -> Gate {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let clock = clock ?? self.clock
        var options = options
        options.toleratesFaults = toleratesFaults
        let gate = try Gate(
            options: options, store: try store ?? self.store(),
            keyFile: try KeyFile.open(path: folder.path + "/keys", mayCreate: true), zones: try ZoneDatabase(),
            clock: { clock.now }, logger: logger)
        try gate.start()
        return gate
    }
}

extension Gate {
    /// A new key.
    public func key(
        _ role: Role, owner: String? = nil, vendors: [String] = [], entities: [String] = [],
        permits: APIKey.Permits? = nil
    ) async throws -> APIKey {
        let secret = try await createKey(
            role: role, name: owner ?? role.rawValue, owner: owner ?? role.rawValue, vendors: vendors,
            legalEntities: entities, permits: permits, by: "test"
        ).get()
        guard let key = authenticate(secret) else { throw StorageError.unavailable("the new key is not known") }
        return key
    }
}

/// Reads a body written in a test.
public func body(_ json: String) -> Node {
    do { return try JSONParser.parse(Array(json.utf8)) } catch { fatalError("\(error) in \(json)") }
}
