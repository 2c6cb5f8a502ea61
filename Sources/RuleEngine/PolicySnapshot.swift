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
    /// Attribute declarations of every pack; one name has one declaration.
    public let attributes: [String: AttributeDeclaration]

    /// Every list that a rule names.
    public let namedLists: Set<String>

    private let packsByJurisdiction: [String: [Int]]
    private let purposeIndex: [String: Int]
    /// By pack (the core pack first), then purpose, then mode: the rules that can apply.
    private let plans: [[PlannedRule]]

    /// - Parameter settings: Overrides of the packs' switches, by name.
    public init(
        id: String, core: CorePack, packs: [Pack], calendars: [String: HolidayCalendar], tzdata: String,
        settings overrides: [String: Bool] = [:]
    ) {
        self.id = id
        self.tzdata = tzdata
        self.calendars = calendars
        var core = core
        core.settings.merge(overrides.filter { core.settings[$0.key] != nil }) { $1 }
        self.core = core
        let coreSettings = core.settings
        self.packs = packs.map { pack in
            var pack = pack
            pack.settings.merge(overrides.filter { pack.settings[$0.key] != nil }) { $1 }
            pack.settings.merge(coreSettings) { own, _ in own }
            return pack
        }
        attributes = self.packs.reduce(into: [:]) { all, pack in all.merge(pack.attributes) { first, _ in first } }
        namedLists = Set((core.rules + packs.flatMap(\.rules)).flatMap(\.namedLists))
        packsByJurisdiction = self.packs.indices.reduce(into: [:]) { all, index in
            all[packs[index].jurisdiction, default: []].append(index)
        }
        purposeIndex = Dictionary(zip(core.purposes, core.purposes.indices), uniquingKeysWith: { $1 })
        let books = [(core.rules, core.settings)] + self.packs.map { ($0.rules, $0.settings) }
        plans = books.flatMap { rules, settings in
            let enabled = rules.filter { $0.isEnabled(settings) }.map(PlannedRule.init)
            return core.purposes.flatMap { purpose in
                CallMode.allCases.map { mode in
                    enabled.filter { $0.rule.applies.admits(purpose: purpose, mode: mode) }
                }
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

    /// The rules of a pack that can apply to a purpose and mode; nil for the core pack. A purpose that nobody declared
    /// has no plan.
    func plan(_ pack: Int?, purpose: String, mode: CallMode) -> [PlannedRule]? {
        guard let purpose = purposeIndex[purpose] else { return nil }
        let book = pack.map { $0 + 1 } ?? 0
        return plans[(book * core.purposes.count + purpose) * CallMode.allCases.count + mode.index]
    }

    /// A rule by its id, with the pack it stands in. O(rules).
    public func rule(_ id: String) -> Rule? {
        core.rules.first { $0.id == id } ?? packs.lazy.flatMap(\.rules).first { $0.id == id }
    }

    /// The same policy with other switches, as a case asks for.
    public func with(settings: [String: Bool]) -> PolicySnapshot {
        PolicySnapshot(id: id, core: core, packs: packs, calendars: calendars, tzdata: tzdata, settings: settings)
    }
}

/// A rule as it is evaluated: shared, not copied, with what can be told of it beforehand.
final class PlannedRule: Sendable {
    let rule: Rule
    let check: any Check
    /// Whether it is a cap by customer.
    let countsByCustomer: Bool
    /// Whether it applies to every call of its purposes and modes.
    let appliesAlways: Bool
    /// Whether it applies to a call may change as a mandate begins or ends.
    let appliesByMandate: Bool
    /// Whether it holds at every instant.
    let isEffectiveAlways: Bool

    init(_ rule: Rule) {
        self.rule = rule
        check = rule.body.check
        if case .frequency(let check) = rule.body { countsByCustomer = check.per.contains(.customer) } else { countsByCustomer = false }
        appliesAlways = rule.applies.isDecidedByPurposeAndMode
        appliesByMandate = rule.applies.attributes?.dependsOnMandate ?? false
        isEffectiveAlways = rule.effectiveFrom == .distantPast && rule.effectiveUntil == .distantFuture
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
