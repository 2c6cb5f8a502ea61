import Calendars
import Documents
import Feeds
import Foundation
import GateModel
import Ledger
import Logging
import Metrics
import PolicyPack
import RuleEngine
import Storage
import Suppression
import Synchronization
import Witnesses

/// Where an instance finds its files.
public struct GateOptions: Sendable {
    public var data: String
    public var policy: String
    public var blocklists: String
    /// The region of national numbers that name none.
    public var defaultRegion: String?
    /// The log's name; nil for the one that was written down at first use, or one made of its key.
    public var logOrigin: String?
    /// Where the folders of candidate policies lie, each a whole policy; nil for none.
    public var candidates: String?
    /// For what must work whatever the folders and the log hold, such as a stop: where policy or lists cannot be read, the
    /// policy that the log says is in force is taken, and no list; where that is damaged, the folder's, which does not come
    /// into force thereby. Nothing may be decided so.
    public var toleratesFaults = false
    /// How long there is no further checkpoint after one.
    public var checkpointsEvery = Duration.seconds(1)
    /// Who is asked to cosign checkpoints.
    public var witnesses: [Witness] = []
    /// How long one question to a witness may take.
    public var witnessPatience = Duration.seconds(10)

    public init(data: String, policy: String, blocklists: String, defaultRegion: String? = nil) {
        self.data = data
        self.policy = policy
        self.blocklists = blocklists
        self.defaultRegion = defaultRegion
    }
}

/// The gate: one instance over one store. Everything that decides or records goes through it; all of it may be called
/// from anywhere.
public final class Gate: Sendable {
    public let options: GateOptions
    public let keyFile: KeyFile
    public let zones: ZoneDatabase
    let store: any Store
    let clock: @Sendable () -> Instant
    let catalog: ListCatalog
    private let policyFolder: PolicyFolder
    let logger: Logger
    let sequencer: Sequencer
    /// Long work beside the deciding.
    public let background = BackgroundWork()
    let scrubs: Scrubs
    let reconciliations: Reconciliations
    let keptReports = KeptReports()
    let simulations = KeptSimulations()
    let metrics: GateMetrics
    /// What makes the series that `/metrics` shows.
    public let metricsFactory: any MetricsFactory
    let snapshots = SnapshotNames()
    let earlierPolicies = EarlierPolicies()
    let imports: ImportQueue
    let retention = RetentionStanding()
    /// Whether months are being sealed, or wait to be.
    let sealing = Mutex(false)
    let checks = CheckProgress()
    let indexGuard = IndexGuard()
    /// Large uploads are read one after another, and not behind other long work.
    let listWork = BackgroundWork()
    /// What makes the log evidence.
    public let tree: LogTree
    /// Who else vouches for it.
    public let cosigning: Cosigning
    private let shared: Shared
    /// One at a time: what was read first must not be put in force last.
    private let reconfiguring = Mutex(())

    /// What readers of every thread share with the sequencer.
    final class Shared: Sendable {
        struct State {
            var configuration: Configuration
            var registry = Registry()
            var head: Int64 = 0
            /// Why the policy or lists on disk are not those in force.
            var problem: String?
            /// What the configuration was built from.
            var source: ConfigurationSource
        }

        let state: Mutex<State>
        private let generation = Mutex(1)

        init(_ state: State) { self.state = Mutex(state) }

        /// The number of the next configuration; no two have the same.
        func nextGeneration() -> Int {
            generation.withLock { generation in
                generation += 1
                return generation
            }
        }
    }

    /// Opens an instance: reads the registry from the log, then policy and lists.
    ///
    /// - Parameters:
    ///   - clock: The wall clock.
    ///   - metricsFactory: Where what the gate counts goes.
    /// - Throws: ``FileFaults`` for a policy that cannot be used, ``StorageError``, ``ZoneError``.
    public init(
        options: GateOptions, store: any Store, keyFile: KeyFile, zones: ZoneDatabase,
        clock: @escaping @Sendable () -> Instant, logger: Logger,
        metricsFactory: any MetricsFactory = MetricsSystem.factory
    ) throws {
        self.options = options
        self.store = store
        self.keyFile = keyFile
        self.zones = zones
        self.clock = clock
        self.logger = logger
        self.metricsFactory = metricsFactory
        let metrics = GateMetrics(factory: metricsFactory)
        self.metrics = metrics
        scrubs = Scrubs(data: options.data)
        reconciliations = Reconciliations(data: options.data)
        catalog = ListCatalog(blocklists: options.blocklists, data: options.data)
        imports = ImportQueue(data: options.data, background: background)
        tree = LogTree(
            folder: options.data + "/tree", store: store, seed: keyFile.logSeed, sm2: keyFile.sm2Secret,
            origin: options.logOrigin, signedAs: keyFile.signedAs, recordSigned: keyFile.recordSigned,
            every: options.checkpointsEvery
        ) { logger.warning("\($0)") }
        cosigning = Cosigning(options.witnesses, tree: tree, patience: options.witnessPatience) {
            logger.warning("\($0)")
        }
        let (registry, head) = try store.read { reading in
            try keyFile.requireFits(reading)
            return (try Registry(reading: reading, keys: keyFile.ledger), try reading.head())
        }
        policyFolder = PolicyFolder(options.policy)
        let catalog = catalog
        var source: ConfigurationSource
        let configuration: Configuration
        func load(_ source: ConfigurationSource) throws -> Configuration {
            try source.load(zones: zones, catalog: catalog, reusing: [:], generation: 1, pinned: store.policyFiles)
        }
        do {
            source = try ConfigurationSource(
                options: options, folder: policyFolder, catalog: catalog, registry: registry)
            configuration = try load(source)
        } catch {
            guard options.toleratesFaults else { throw error }
            do {
                guard let held = try ConfigurationSource(inForceBy: registry, options, pinned: store.policyFiles) else {
                    throw error
                }
                (source, configuration) = (held, try load(held))
                logger.error(
                    "the policy in force is taken from the log, for the one in the folder has faults: \(error)")
            } catch StorageError.damaged(let why) {
                source = try ConfigurationSource(of: policyFolder, registry, options)
                configuration = try load(source)
                logger.error("the words of the policy are taken from its folder: \(why)")
            }
        }
        let shared = Shared(.init(configuration: configuration, registry: registry, head: head, source: source))
        self.shared = shared
        sequencer = Sequencer(
            store: store, keys: keyFile.ledger, metrics: metrics, clock: clock,
            configuration: { shared.state.withLock { $0.configuration } },
            follow: { registry in
                // Another process put a list's version in force: it counts from this very group on.
                let current = shared.state.withLock { $0.configuration }
                let followed = current.following(registry, catalog, generation: shared.nextGeneration())
                shared.state.withLock { state in
                    guard state.configuration.generation == current.generation else { return }
                    state.configuration = followed
                    state.source.follow(registry)
                }
                return followed
            },
            publish: { registry, head in
                shared.state.withLock { state in
                    // `refresh` may have seen later entries of another process meanwhile.
                    guard head >= state.head else { return }
                    state.registry = registry
                    state.head = head
                }
            })
    }

    public func start() throws {
        try sequencer.start()
        background.start()
        imports.start()
        listWork.start()
    }

    /// Ends the background work early, lets what waits be decided and recorded, then stops. Blocks.
    public func stop() {
        // First, because it may have something to record. An import goes on with the next start.
        imports.cancel()
        background.stop()
        imports.stop()
        listWork.stop()
        sequencer.stop()
    }

    public var configuration: Configuration { shared.state.withLock { $0.configuration } }
    public var registry: Registry { shared.state.withLock { $0.registry } }
    /// The registry, and the last entry that is folded into it.
    var registryAndHead: (registry: Registry, head: Int64) { shared.state.withLock { ($0.registry, $0.head) } }
    public var now: Instant { clock() }
    /// Pieces of work that wait for the next group.
    public var queueLength: Int { sequencer.queueLength }
    public var problem: String? { shared.state.withLock { $0.problem } }

    /// Whose key this is; nil for none, an unknown or a revoked one. O(1); a key that is not known is looked for in what
    /// other processes wrote, which reads the store.
    public func authenticate(_ secret: String) -> APIKey? {
        let fingerprint = APIKey.fingerprint(secret)
        if let key = known(fingerprint) { return key }
        // A key that was made a moment ago at the command line works at once.
        guard let head = try? store.read({ try $0.head() }), shared.state.withLock({ $0.head != head }),
            (try? foldNew()) != nil
        else { return nil }
        return known(fingerprint)
    }

    private func known(_ fingerprint: Fingerprint) -> APIKey? {
        shared.state.withLock { state in
            guard let id = state.registry.keysByHash[fingerprint], let key = state.registry.keys[id], !key.isRevoked
            else { return nil }
            return key
        }
    }

    /// Takes in what other processes wrote, and the policy and lists if they changed. Blocks; called about twice a second.
    public func refresh() {
        do {
            let head = try store.read { try $0.head() }
            let known = shared.state.withLock { $0.head }
            if head != known { try foldNew() }
            let policy = configuration.policy.snapshot.id
            try reconfigure()
            // A policy that came into force is an entry, whether anybody asks under it or not.
            if configuration.standing.isUnrecorded {
                recordPolicy()
                try reconfigure()
            } else if configuration.policy.snapshot.id != policy {
                recordConfiguration()
            }
        } catch {
            logger.error("refresh failed: \(error)")
        }
    }

    private func recordConfiguration() {
        let recorded = sequencer.submitBlocking { group in
            _ = try group.snapshot()
            return .success(())
        }
        if case .failure(let error) = recorded { logger.error("the new policy is not recorded yet: \(error)") }
    }

    private func foldNew() throws {
        let from = shared.state.withLock { $0.head }
        let (entries, head) = try store.read { reading in
            (try reading.entries(after: from, limit: 10_000), try reading.head())
        }
        shared.state.withLock { state in
            guard state.head == from else { return }
            for entry in entries {
                if let core = try? EntryCore(bytes: entry.core) { state.registry.fold(entry, core) }
            }
            state.head = entries.last?.sequence ?? head
        }
    }

    /// Loads policy and lists again if their files or the registry changed. A bad change keeps what is in force and is
    /// told in ``problem``.
    public func reconfigure() throws { try reconfiguring.withLock { _ in try reconfigureAlone() } }

    /// Takes lists whose index is known to be damaged out of use, from the next decision on.
    func withdrawDamaged() {
        reconfiguring.withLock { _ in
            while true {
                let (current, registry) = shared.state.withLock { ($0.configuration, $0.registry) }
                let followed = current.following(registry, catalog, generation: shared.nextGeneration())
                let isDone = shared.state.withLock { state in
                    // The sequencer may have followed another activation meanwhile.
                    guard state.configuration.generation == current.generation else { return false }
                    state.configuration = followed
                    state.source.follow(registry)
                    return true
                }
                if isDone { return }
            }
        }
    }

    private func reconfigureAlone() throws {
        let (current, registry) = shared.state.withLock { ($0, $0.registry) }
        do {
            let source = try ConfigurationSource(
                options: options, folder: policyFolder, catalog: catalog, registry: registry)
            if source == current.source {
                shared.state.withLock { $0.problem = nil }
                return
            }
            let loaded = try source.load(
                zones: zones, catalog: catalog, reusing: current.configuration.lists,
                generation: shared.nextGeneration(), pinned: store.policyFiles)
            earlierPolicies.insert(current.configuration.policy.snapshot)
            shared.state.withLock { state in
                state.configuration = loaded
                state.source = source
                state.problem = nil
            }
            if let staged = loaded.standing.staged {
                logger.warning("policy \(staged.id.prefix(19)) is looser and waits for two persons")
            }
            logger.info("policy \(loaded.policy.snapshot.id.prefix(19)) lists \(loaded.listsID.prefix(19)) in force")
        } catch {
            let text = "\(error)"
            let isNew = shared.state.withLock { state in
                defer { state.problem = text }
                return state.problem != text
            }
            if isNew { logger.error("the new policy or lists are not taken, the old stay in force: \(text)") }
        }
    }

    /// Works on a thread of its own until it is done; for what blocks.
    func aside<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try work() }) }
        }
    }

    func submit<T: Sendable>(_ work: @escaping @Sendable (Group) throws -> Result<T, GateError>) async -> Result<
        T, GateError
    > {
        await sequencer.submit(work)
    }

    /// Reads a body's members, and gives either the value or everything that is wrong.
    func read<T>(_ body: Node, _ read: (inout ObjectReader) -> T) -> Result<T, GateError> {
        let faults = FaultCollector()
        var reader = ObjectReader(body, faults: faults)
        let value = read(&reader)
        do throws(Faults) { try faults.check() } catch { return .failure(.invalid(error)) }
        return .success(value)
    }
}

extension PolicyFiles {
    /// Adds the calendars that were imported and approved.
    mutating func addCalendars(of registry: Registry) { bytes.merge(registry.calendarFiles) { $1 } }
}

extension Registry {
    /// The calendars that were imported and approved, as files of a policy.
    fileprivate var calendarFiles: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for calendar in calendars where calendar.isApproved {
            // Sorted after `calendar.csv`, whose years it takes the place of.
            let year = calendar.value.csv.split(separator: "\n").first.map(String.init) ?? ""
            let name = year.filter(\.isNumber)
            files["\(calendar.value.calendar)/calendar.imported.\(name).csv"] = Array(calendar.value.csv.utf8)
        }
        return files
    }
}

extension Store {
    /// The files of a policy that the log says is in force.
    ///
    /// - Throws: ``StorageError/damaged(_:)`` where they are gone or are another policy's: who took them away must not thereby
    ///   put a looser policy in force alone.
    fileprivate func policyFiles(_ id: String) throws -> PolicyFiles {
        let archive = try read { try $0.pinned(Configuration.pinName(ofPolicy: id)) }
        guard let files = try? archive.map({ try PolicyFiles(archive: $0) }), files.id == id else {
            throw StorageError.damaged(
                "the policy in force, \(id.prefix(19)), is missing in the log or was changed there; restore a backup")
        }
        return files
    }
}

/// Everything that a configuration is built from. Equal sources give equal configurations.
struct ConfigurationSource: Sendable, Equatable {
    /// The policy folder's, without imported calendars.
    var files: PolicyFiles
    private var calendars: [String: [UInt8]]
    /// What the log says is in force.
    private(set) var activation: PolicyActivation?
    var definitions: [String: ListDefinition]
    var feeds: [String: FeedDefinition]
    private(set) var activations: [String: ListActivation]
    private(set) var listGeneration: Int
    var defaultRegion: String?

    init(options: GateOptions, folder: PolicyFolder, catalog: ListCatalog, registry: Registry) throws {
        files = try folder.read()
        calendars = registry.calendarFiles
        activation = registry.policy
        (definitions, feeds) = try catalog.read(inForce: registry.lists)
        activations = registry.lists
        listGeneration = registry.listGeneration
        defaultRegion = options.defaultRegion
    }

    /// What the log says is in force, without lists; nil where it says nothing.
    init?(
        inForceBy registry: Registry, _ options: GateOptions, pinned: (String) throws -> PolicyFiles
    ) throws {
        guard let activation = registry.policy else { return nil }
        (files, self.activation) = (try pinned(activation.policy), activation)
        calendars = registry.calendarFiles
        (definitions, feeds, activations) = ([:], [:], [:])
        listGeneration = registry.listGeneration
        defaultRegion = options.defaultRegion
    }

    /// The policy in its folder, whatever the log says is in force, without lists.
    init(of folder: PolicyFolder, _ registry: Registry, _ options: GateOptions) throws {
        (files, activation, calendars) = (try folder.read(), nil, registry.calendarFiles)
        (definitions, feeds, activations) = ([:], [:], [:])
        listGeneration = registry.listGeneration
        defaultRegion = options.defaultRegion
    }

    mutating func follow(_ registry: Registry) {
        activations = registry.lists
        listGeneration = registry.listGeneration
    }

    /// - Parameters:
    ///   - reusing: Lists that are open already.
    ///   - pinned: The policy files that the log holds under an id.
    func load(
        zones: ZoneDatabase, catalog: ListCatalog, reusing open: [String: ActiveList], generation: Int,
        pinned: (String) throws -> PolicyFiles
    ) throws -> Configuration {
        let (policy, standing) = try settle(
            load: { files in
                try PolicyFiles(bytes: files.bytes.merging(calendars) { $1 })
                    .load(zones: zones, tzdata: zones.version, defaultRegion: defaultRegion)
            }, pinned: pinned)
        return Configuration(
            policy: policy, standing: standing, zones: zones,
            lists: catalog.active(definitions, activations, reusing: open), feeds: feeds,
            listGeneration: listGeneration, generation: generation)
    }
}
