import Calendars
import GateModel

/// Everything the policy says, checked and ready to evaluate. Immutable: a change of policy is a new snapshot.
public final class PolicySnapshot: Sendable {
    /// `sha256:…` over the names and bytes of every file it was read from.
    public let id: String
    public let core: CorePack
    /// The packs of jurisdictions, in the order of their ids.
    public let packs: [Pack]
    public let calendars: [String: HolidayCalendar]
    public let tzdata: String
    /// By ISO 3166-2 code, IANA names of the zones of a subdivision, as the numbering plans know them.
    public let subdivisionZones: [String: [String]]
    /// Attribute declarations of every pack; one name has one declaration.
    public let attributes: [String: AttributeDeclaration]

    /// Every list that a rule names.
    public let namedLists: Set<String>

    private let packsByJurisdiction: [String: [Int]]
    private let purposeIndex: [String: Int]
    /// By pack (the core pack first), then purpose, then mode: what can apply.
    private let chapters: [Chapter]
    private let bookLength: Int
    /// The setting by which an address takes the place of what the number suggests.
    let addressWins: Bool

    /// - Parameters:
    ///   - subdivisionZones: Zones of an address that names none.
    ///   - settings: Overrides of the packs' switches, by name.
    public init(
        id: String, core: CorePack, packs: [Pack], calendars: [String: HolidayCalendar], tzdata: String,
        subdivisionZones: [String: [String]] = [:], settings overrides: [String: Bool] = [:]
    ) {
        self.id = id
        self.tzdata = tzdata
        self.subdivisionZones = subdivisionZones
        self.calendars = calendars
        var core = core
        core.settings.merge(overrides.filter { core.settings[$0.key] != nil }) { $1 }
        self.core = core
        let coreSettings = core.settings
        self.packs = packs.map { pack in
            var pack = pack
            pack.settings.merge(overrides.filter { pack.settings[$0.key] != nil }) { $1 }
            pack.settings.merge(coreSettings) { own, _ in own }
            pack.rules.rankAttributes()
            return pack
        }
        attributes = self.packs.reduce(into: [:]) { all, pack in all.merge(pack.attributes) { first, _ in first } }
        namedLists = Set((core.rules + packs.flatMap(\.rules)).flatMap(\.namedLists))
        packsByJurisdiction = self.packs.indices.reduce(into: [:]) { all, index in
            all[packs[index].jurisdiction, default: []].append(index)
        }
        purposeIndex = Dictionary(zip(core.purposes, core.purposes.indices), uniquingKeysWith: { $1 })
        addressWins = core.settings["address_wins"] == true
        let ownLists = core.ownLists
        var books = [Chapter(core.rules, core.settings, [], ownLists)]
        books += self.packs.map { Chapter($0.rules, $0.settings, $0.obligations, ownLists) }
        // The last purpose of each book stands for every one that nobody declared.
        let purposes = core.purposes + [""]
        bookLength = purposes.count * CallMode.allCases.count
        chapters = books.flatMap { book in
            purposes.flatMap { purpose in
                CallMode.allCases.map { book.part(purpose: purpose, mode: $0) }
            }
        }
    }

    /// The packs that speak of a place, most general first. O(places).
    func packs(region: String?, subdivisions: [String]) -> [Int] {
        var found: [Int] = []
        if let region { found = packsByJurisdiction[region] ?? [] }
        for subdivision in subdivisions {
            for index in packsByJurisdiction[subdivision] ?? [] where !found.contains(index) { found.append(index) }
        }
        return found
    }

    /// Where a purpose and mode stand in each pack's book.
    func page(purpose: String, mode: CallMode) -> Int {
        (purposeIndex[purpose] ?? core.purposes.count) * CallMode.allCases.count + mode.index
    }

    /// What of a pack can apply to a purpose and mode; nil is the core pack. A purpose that nobody declared is judged
    /// by the rules that hold for all, of which the core's own denies it.
    func chapter(_ pack: Int?, _ page: Int) -> Chapter { chapters[(pack.map { $0 + 1 } ?? 0) * bookLength + page] }

    /// A rule by its id, with the pack it stands in. O(rules).
    public func rule(_ id: String) -> Rule? {
        core.rules.first { $0.id == id } ?? packs.lazy.flatMap(\.rules).first { $0.id == id }
    }

    /// The same policy with other switches, as a case asks for.
    public func with(settings: [String: Bool]) -> PolicySnapshot {
        PolicySnapshot(
            id: id, core: core, packs: packs, calendars: calendars, tzdata: tzdata, subdivisionZones: subdivisionZones,
            settings: settings)
    }
}

extension CallMode {
    fileprivate var index: Int {
        switch self {
        case .live: 0
        case .predictive: 1
        case .prerecorded: 2
        case .aiVoice: 3
        }
    }
}
