import Calendars
import Crypto
import Documents
import Feeds
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Suppression

/// The policy, the lists and the zones in force, as one immutable value that is swapped whole.
public final class Configuration: Sendable {
    public let policy: LoadedPolicy
    /// Which policy this is, without the calendars that were imported; and one that waits.
    public let standing: PolicyStanding
    public let zones: ZoneDatabase
    public let lists: [String: ActiveList]
    /// The feeds of the lists that have one.
    public let feeds: [String: FeedDefinition]
    /// Grows by one with every swap.
    public let generation: Int
    /// Reads requests in the words of this policy.
    let calls: CallReader
    /// Facts of the lists that need no look-up: kept by the gate and empty, or without a version. A list that a rule names
    /// and nobody has is not among them: no fact of a list is as good as a missing list, and most packs name some.
    let quietLists: [String: ListFact]
    let activeLists: [ActiveList]
    let dispositions: [String: [String: String]]
    /// How far this configuration has taken in what the log says of lists; see ``Registry/listGeneration``.
    let listGeneration: Int
    /// `sha256:…` over the active versions.
    public let listsID: String
    let snapshotJSON: [UInt8]
    /// What decisions pin by hash: the policy's files and the zones' bytes.
    let pins: [(digest: [UInt8], bytes: [UInt8])]

    public init(
        policy: LoadedPolicy, standing: PolicyStanding, zones: ZoneDatabase, lists: [String: ActiveList],
        feeds: [String: FeedDefinition] = [:],
        listGeneration: Int, generation: Int
    ) {
        self.policy = policy
        self.standing = standing
        self.zones = zones
        self.lists = lists
        self.listGeneration = listGeneration
        self.feeds = feeds
        self.generation = generation
        dispositions = policy.dispositions
        calls = CallReader(policy)
        var quietLists: [String: ListFact] = [:]
        var activeLists: [ActiveList] = []
        for (name, list) in lists {
            if list.activation != nil || list.definition.jurisdictions != nil {
                activeLists.append(list)
            } else {
                quietLists[name] = list.factWithoutVersion
            }
        }
        for name in policy.snapshot.core.ownLists.keys where lists[name] == nil {
            quietLists[name] = ListFact(isListed: false)
        }
        self.quietLists = quietLists
        self.activeLists = activeLists
        let versions = lists.values.compactMap { list in
            list.version.map {
                (name: list.definition.name, number: $0.number, sha256: $0.index?.sha256 ?? "", asOf: $0.asOf)
            }
        }.sorted { $0.name < $1.name }
        let text = versions.map { "\($0.name) \($0.number) \($0.sha256)\n" }.joined()
        listsID = "sha256:" + hexadecimal(SHA256.hash(data: Array(text.utf8)))
        let named = policy.zoneNames.compactMap { try? zones.zone(named: $0) }
        let zoneSet = Set(policy.snapshot.packs.flatMap(\.zones) + named).sorted { $0.name < $1.name }
        var json = JSONWriter(capacity: 1024)
        let listsID = listsID
        json.object { json in
            json.member("policy", policy.snapshot.id)
            json.member("lists", listsID)
            json.member("tzdata", zones.version)
            json.name("zones")
            json.object { json in for zone in zoneSet { json.member(zone.name, hexadecimal(zone.sha256)) } }
            json.name("versions")
            json.array { json in
                for version in versions {
                    json.object { json in
                        json.member("list", version.name)
                        json.member("version", version.number)
                        json.member("sha256", version.sha256)
                        json.member("as_of", version.asOf.rfc3339)
                    }
                }
            }
            json.name("held")
            json.array { json in
                for list in HeldList.all(quiet: quietLists, active: activeLists) { list.write(to: &json) }
            }
        }
        snapshotJSON = json.bytes
        var pins = [(digest: Configuration.pinName(ofPolicy: policy.snapshot.id), bytes: policy.files.archive)]
        for zone in zoneSet {
            if let bytes = try? zones.bytes(named: zone.name) { pins.append((zone.sha256, bytes)) }
        }
        self.pins = pins
    }

    /// The same with the lists that a registry says are in force.
    func following(_ registry: Registry, _ catalog: ListCatalog, generation: Int) -> Configuration {
        let lists = catalog.active(
            self.lists.mapValues(\.definition), registry.lists, reusing: self.lists)
        return Configuration(
            policy: policy, standing: standing, zones: zones, lists: lists, feeds: feeds,
            listGeneration: registry.listGeneration, generation: generation)
    }

    /// What a policy's files are pinned by.
    static func pinName(ofPolicy id: String) -> [UInt8] { Array(SHA256.hash(data: Array(id.utf8))) }

    /// What a dialer's own code for a call's end means, from `dispositions/NAME.csv` of the policy folder, where NAME is the
    /// key's name, or `default`.
    func outcome(ofDisposition code: String, _ key: APIKey) -> String? {
        dispositions[key.name]?[code] ?? dispositions["default"]?[code]
    }

    /// What the lists say of the called number at an instant.
    func listFacts(_ call: Call, at now: Instant) -> [String: ListFact] {
        var facts = quietLists
        for list in activeLists where list.concerns(call) {
            facts[list.definition.name] = list.fact(call.number.e164, at: now)
        }
        return facts
    }
}

extension Configuration {
    /// The instance's own pack: that of the default region; nil where there is none.
    public func homePack(defaultRegion: String?) -> Pack? {
        defaultRegion.flatMap { region in policy.snapshot.packs.first { $0.jurisdiction == region } }
    }

    /// The zone of the instance's own pack, else the only one there is; nil where there are several.
    public func homeZone(defaultRegion: String?) -> Zone? {
        if let pack = homePack(defaultRegion: defaultRegion) { return pack.zones.first }
        let zones = Set(policy.snapshot.packs.flatMap(\.zones))
        return zones.count == 1 ? zones.first : nil
    }
}

/// A list with its active version, if it has one.
public struct ActiveList: Sendable {
    public var definition: ListDefinition
    /// What the log says is in force; nil for a list that never had a version.
    public var activation: ListActivation?
    public var version: ListVersion?
    /// The index of the active version, or the one that its additions rest on; nil where that cannot be read.
    public var snapshot: ListSnapshot?
    /// Why the active version cannot be read; calls that depend on the list are denied then.
    public var problem: String?

    public init(
        definition: ListDefinition, activation: ListActivation? = nil, version: ListVersion? = nil,
        snapshot: ListSnapshot? = nil, problem: String? = nil
    ) {
        self.definition = definition
        self.activation = activation
        self.version = version
        self.snapshot = snapshot
        self.problem = problem
    }

    /// Whether the number or the address lies where the list holds; each may say so, whatever the other says.
    func concerns(_ call: Call) -> Bool {
        guard let jurisdictions = definition.jurisdictions else { return true }
        let address = call.location.subdivision
        return jurisdictions.contains {
            $0 == call.number.region || call.number.subdivisions.contains($0) || $0 == address
                || address?.hasPrefix($0 + "-") ?? false
        }
    }

    private var quiet: ListFact {
        var fact = ListFact(isListed: false)
        fact.purposes = Scope(words: definition.purposes)
        fact.products = definition.products ?? []
        fact.isExempt = definition.effect == .exempt
        return fact
    }

    /// An own list starts empty and fresh. Any other without a version is missing, and so is one that cannot be read.
    var factWithoutVersion: ListFact {
        var fact = quiet
        if activation != nil || !definition.keptByGate || definition.greatestAge != nil { fact.state = .missing }
        return fact
    }

    func fact(_ number: E164?, at now: Instant) -> ListFact {
        guard let version, let snapshot else { return factWithoutVersion }
        var fact = quiet
        fact.age(from: version.asOf, definition.greatestAge, at: now)
        fact.version = "\(version.number)"
        guard let number else { return fact }
        if definition.coverage == .asked {
            guard let answer = snapshot.answer(number) else {
                fact.state = .uncovered
                return fact
            }
            // Each answer ages by itself.
            fact.age(from: answer.receivedAt, definition.greatestAge, at: now)
            fact.answer = answer.value.rawValue
        } else if !snapshot.covers(number) {
            fact.state = .uncovered
        }
        if let match = snapshot.lookup(number) {
            fact.isListed = true
            fact.since = match.from
            fact.until = match.until
            fact.category = match.category
        }
        return fact
    }
}
