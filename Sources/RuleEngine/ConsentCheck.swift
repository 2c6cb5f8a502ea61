import Calendars
import GateModel

/// Why the nearest consent does not carry the call, the farthest first.
public enum ConsentFault: String, Error, CaseIterable, Comparable, Sendable {
    case none, product, scope, form
    case thirdParty = "third_party"
    case bundled
    /// It would carry the call, but was not said to be for its mode, nor to be for others only.
    case mode
    case age, expired, refused, withdrawn

    public static func < (a: ConsentFault, b: ConsentFault) -> Bool { a.nearness < b.nearness }
    private var nearness: Int { ConsentFault.allCases.firstIndex(of: self) ?? 0 }
}

/// Which consent a call needs.
public struct ConsentCheck: Sendable, Hashable {
    public var forms: [String]?
    /// Whether the consent must cover the call's product, which must then be given.
    public var matchesProduct = false
    /// Whether a consent for `["all"]` products is taken.
    public var takesAllProducts = true
    /// Modes that a consent for `["all"]` modes covers.
    public var allModes: [CallMode] = CallMode.allCases
    public var takesBundled = false
    public var takesThirdParty = false
    /// In calendar months of the called party's zone; a consent of exactly that age still counts.
    public var greatestAgeMonths: Int?
    /// Whether only a consent that says any hour is taken.
    public var needsAnyHour = false
    /// A register whose entry voids every consent that is not later than the entry.
    public var afterListing: String?

    public init() {}

    func standing(in situation: Situation, at t: Instant) -> Standing {
        if situation.lacks(.consents) { return .lacks(.consents) }
        if matchesProduct && situation.call.product == nil {
            return .fails(retry: nil, detail: ConsentFault.product.rawValue)
        }
        if greatestAgeMonths != nil && situation.zones.isEmpty && !situation.facts.consents.isEmpty {
            return .lacks(.place)
        }
        var nearest = ConsentFault.none
        let span = span(in: situation, at: t, nearest: &nearest) { _ in true }
        if let until = span.until { return .passes(until: until) }
        return .fails(retry: span.opens, detail: nearest.rawValue)
    }

    /// Until when the consents chosen carry the call, nil where none does at `t`; and when the next of them begins to.
    func span(
        in situation: Situation, at t: Instant, nearest: inout ConsentFault, where isChosen: (Consent) -> Bool
    ) -> (until: Instant?, opens: Instant?) {
        var until: Instant?
        var opens: Instant?
        let voidUntil = voidance(in: situation)
        for consent in situation.facts.consents where isChosen(consent) {
            var fault = fault(of: consent, in: situation)
            if fault == nil {
                let ageEnd = ageEnd(of: consent, in: situation)
                let expires = consent.expiresAt ?? .distantFuture
                // A consent that has ended is told even where a refusal voids it besides.
                if t > ageEnd {
                    fault = .age
                } else if t >= expires {
                    fault = .expired
                } else if let last = voidUntil.refused, last >= consent.obtainedAt {
                    fault = .refused
                } else if isVoidByListing(consent, in: situation) {
                    fault = .refused
                } else if let last = voidUntil.withdrawn, last >= consent.obtainedAt {
                    fault = .withdrawn
                } else if consent.obtainedAt > t {
                    fault = ConsentFault.none
                    if consent.obtainedAt < expires { opens = earlier(opens, consent.obtainedAt) }
                } else {
                    until = max(until ?? .distantPast, min(expires, ageEnd))
                }
            }
            if let fault { nearest = max(nearest, fault) }
        }
        return (until, opens)
    }

    /// Whether the number was entered in the register after the consent, or nobody knows when.
    private func isVoidByListing(_ consent: Consent, in situation: Situation) -> Bool {
        guard let afterListing, let fact = situation.facts.lists[afterListing], fact.isListed else { return false }
        return fact.since.map { $0 >= consent.obtainedAt } ?? true
    }

    /// Why the consent does not carry the call at any time; nil if it may.
    private func fault(of consent: Consent, in situation: Situation) -> ConsentFault? {
        let call = situation.call
        guard consent.purposes.names(call.purpose), consent.channel == "voice", consent.legalEntity == call.legalEntity,
            consent.customer == nil || call.customer == nil || consent.customer == call.customer
        else { return ConsentFault.none }
        if case .named = consent.modes, !consent.modes.names(call.mode.rawValue) { return .scope }
        if consent.modes == .all && !allModes.contains(call.mode) { return .scope }
        // A consent to one product is none to another, nor to a call that does not say what it is about.
        if case .named = consent.products, !(call.product.map(consent.products.names) ?? false) { return .scope }
        if matchesProduct && !takesAllProducts && call.product != nil && consent.products == .all { return .scope }
        if let forms, !forms.contains(consent.form) { return .form }
        if needsAnyHour && !consent.anyHour { return .scope }
        if consent.thirdParty && !takesThirdParty { return .thirdParty }
        if consent.bundled && !takesBundled { return .bundled }
        if consent.withdrawnAt != nil { return .withdrawn }
        // Modes that nobody stated are those in which a person speaks.
        if consent.modes == .every && call.mode != .live && call.mode != .predictive { return .mode }
        return nil
    }

    /// The last instant at which the consent is young enough, in every zone that the called party may be in.
    private func ageEnd(of consent: Consent, in situation: Situation) -> Instant {
        guard let greatestAgeMonths else { return .distantFuture }
        return situation.zones.reduce(.distantFuture) {
            min($0, consent.obtainedAt.adding(months: greatestAgeMonths, in: $1))
        }
    }

    /// A consent counts only if it is later than the last explicit refusal and the last withdrawal that cover it,
    /// lifted or not. Both are acts that somebody recorded, so they count even where their clock runs ahead of ours.
    private func voidance(in situation: Situation) -> (refused: Instant?, withdrawn: Instant?) {
        let call = situation.call
        var refused: Instant?
        for refusal in situation.facts.optOuts
        where refusal.strength == .explicit && refusal.purposes.names(call.purpose) {
            refused = max(refused ?? refusal.at, refusal.at)
        }
        var withdrawn: Instant?
        for consent in situation.facts.consents {
            guard let at = consent.withdrawnAt, consent.channel == "voice", consent.purposes.names(call.purpose),
                consent.modes.names(call.mode.rawValue),
                !matchesProduct || call.product.map(consent.products.names) ?? true
            else { continue }
            withdrawn = max(withdrawn ?? at, at)
        }
        return (refused, withdrawn)
    }
}

/// A product that is named must be one that a pack of the place knows.
struct ProductCheck: Check {
    func standing(in situation: Situation, at t: Instant) -> Standing {
        guard let product = situation.call.product else { return .passes }
        var knowsProducts = false
        for index in situation.place.packs {
            if situation.policy.packs[index].products.contains(product) { return .passes }
            knowsProducts = knowsProducts || !situation.policy.packs[index].products.isEmpty
        }
        return knowsProducts ? .fails(retry: nil, detail: ConsentFault.product.rawValue) : .passes
    }
}
