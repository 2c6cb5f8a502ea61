import Calendars
import GateModel

public enum LegalStatus: String, CaseIterable, Sendable {
    case law, regulation, standard, draft
    case selfRegulation = "self_regulation"
    case localRule = "local_rule"
    case companyPolicy = "company_policy"
}

/// One rule of a pack.
public struct Rule: Sendable {
    public enum Switch: Sendable, Hashable {
        case always
        case setting(String, is: Bool)
    }

    public var id: String
    public var kind: ReasonKind
    /// The rule's name in the collected facts.
    public var fact: String?
    public var applies: Applicability
    public var enabledBy: Switch = .always
    public var effectiveFrom: Instant = .distantPast
    /// Exclusive.
    public var effectiveUntil: Instant = .distantFuture
    public var status: LegalStatus
    public var citation: String
    public var confidence: String?
    public var message: Localised
    public var details: [String: Localised] = [:]
    /// Purpose → facts without which the rule stands aside there.
    public var standsAside: [String: Set<FactSource>] = [:]
    /// Where one of these holds, the rule denies nothing.
    public var unless: [RuleException] = []
    public var body: RuleBody
    /// When it is looked at. Lesser first; among equals, the order of the pack.
    var rank: Int

    public init(
        id: String, kind: ReasonKind, applies: Applicability = .everything, status: LegalStatus, citation: String,
        message: Localised, body: RuleBody
    ) {
        self.id = id
        self.kind = kind
        rank = kind.rank
        self.applies = applies
        self.status = status
        self.citation = citation
        self.message = message
        self.body = body
    }

    /// Whether the switch that it hangs on, if any, stands as it asks.
    public func isEnabled(_ settings: [String: Bool]) -> Bool {
        switch enabledBy {
        case .always: true
        case .setting(let name, let value): settings[name] == value
        }
    }

    /// The lists whose active version this rule depends on.
    public var namedLists: [String] {
        switch body {
        case .suppression(let sources):
            sources.compactMap { if case .list(let test) = $0 { test.name } else { nil } }
        case .freshness(let list, _): [list]
        default: []
        }
    }

    /// The message for a reason: its fault's own where there is one. A consent not given for the call's mode has a
    /// scope too narrow for it.
    public func message(for detail: String?) -> Localised {
        let detail = detail == ConsentFault.mode.rawValue ? ConsentFault.scope.rawValue : detail
        return detail.flatMap { details[$0] } ?? message
    }
}

/// What a rule checks. One case for each kind of the policy format; see `docs/policy-format.md`.
public enum RuleBody: Sendable {
    case covered
    case destination(DestinationCheck)
    case callerID(CallerIDCheck)
    case suppression([SuppressionSource])
    case consent(ConsentCheck)
    case knownProduct
    case data(DataCheck)
    case hours(HoursCheck)
    case frequency(FrequencyCheck)
    case attribute([Condition])
    case campaign
    case abandonment(AbandonmentCheck)
    case freshness(list: String, greatestAge: Span)
    case stop
    /// An emergency that is declared for the jurisdiction.
    case emergency
    case unavailable(fields: [CallField], declaredAttributes: Bool, sources: [FactSource])
}

/// A field of the call that a policy may require.
public enum CallField: String, CaseIterable, Sendable {
    case customer, event, campaign, product, agent, script

    func isPresent(in call: Call) -> Bool {
        switch self {
        case .customer: call.customer != nil
        case .event: call.event != nil
        case .campaign: call.campaign != nil
        case .product: call.product != nil
        case .agent: call.agent != nil
        case .script: call.script != nil
        }
    }
}

/// Which calls a rule, an obligation or a count is about. Every part that is given must match.
public struct Applicability: Sendable, Hashable {
    public var purposes: [String]?
    public var exceptPurposes: [String] = []
    public var modes: [CallMode]?
    public var exceptModes: [CallMode] = []
    public var products: [String]?
    public var numberTypes: [NumberType]?
    public var subdivisions: [String]?
    /// With what a number in E.164 form begins, such as `+1212`; area codes of a city.
    public var numberPrefixes: [String]?
    public var vendors: [String]?
    public var exceptVendors: [String] = []
    public var attributes: Condition?

    public init() {}

    public static let everything = Applicability()

    /// Whether nothing but purpose and mode is asked for.
    public var isDecidedByPurposeAndMode: Bool {
        products == nil && numberTypes == nil && subdivisions == nil && numberPrefixes == nil && vendors == nil
            && exceptVendors.isEmpty && attributes == nil
    }

    /// Whether purpose and mode let it match.
    public func admits(purpose: String, mode: CallMode) -> Bool {
        if let purposes, !purposes.contains(purpose) { return false }
        if let modes, !modes.contains(mode) { return false }
        return !exceptPurposes.contains(purpose) && !exceptModes.contains(mode)
    }

    /// Whether a call is of this kind.
    func truth(in situation: Situation, at t: Instant) -> Truth {
        let call = situation.call
        guard admits(purpose: call.purpose, mode: call.mode) else { return .fails }
        if let products, !products.contains(where: { $0 == call.product }) { return .fails }
        if let numberTypes, !numberTypes.contains(call.number.type) { return .fails }
        if let subdivisions, !subdivisions.contains(where: situation.place.subdivisions.contains) { return .fails }
        if let numberPrefixes {
            let text = call.number.e164?.description ?? ""
            if !numberPrefixes.contains(where: text.hasPrefix) { return .fails }
        }
        if let vendors, !vendors.contains(call.vendor) { return .fails }
        if exceptVendors.contains(call.vendor) { return .fails }
        return attributes?.truth(in: situation, at: t) ?? .holds
    }

    /// Whether an earlier attempt is of this kind. Number types, prefixes and subdivisions are not kept of an attempt.
    func admits(_ attempt: Attempt) -> Bool {
        guard admits(purpose: attempt.purpose, mode: attempt.mode) else { return false }
        if let products, !products.contains(where: { $0 == attempt.product }) { return false }
        if let vendors, !vendors.contains(attempt.vendor) { return false }
        if exceptVendors.contains(attempt.vendor) { return false }
        return attempt.isErased || attributes?.holds(for: attempt.attributes) ?? true
    }
}
