import GateModel

/// Which data fields a call may show.
public struct DataCheck: Sendable {
    public var forbidden: Set<String> = []
    /// Nil where the rule only forbids.
    public var permitted: Set<String>?
    /// Fields that need a consent of the call's purpose.
    public var withConsent: Set<String> = []
    /// Fields that need a consent which names them.
    public var separateConsent: Set<String> = []
    /// Of those consents, in calendar months of the called party's zone; one of exactly that age still counts.
    public var greatestAgeMonths: Int?

    public init() {}

    /// A field that is surely wrong outweighs one that cannot be judged.
    func standing(in situation: Situation, at t: Instant) -> Standing {
        var until = Instant.distantFuture
        var retry: Instant? = t
        var lacking: FactSource?
        var consentCheck = ConsentCheck()
        consentCheck.greatestAgeMonths = greatestAgeMonths
        for field in situation.call.dataFields {
            if forbidden.contains(field) { return .fails(retry: nil, detail: "forbidden") }
            guard let permitted, !permitted.contains(field) else { continue }
            let isSeparate = separateConsent.contains(field)
            guard isSeparate || withConsent.contains(field) else {
                let isKnown = situation.packIndex.map { situation.policy.packs[$0].dataFields.contains(field) } ?? false
                return .fails(retry: nil, detail: isKnown ? "not_for_purpose" : "unknown_field")
            }
            if situation.lacks(.consents) {
                lacking = .consents
                continue
            }
            if greatestAgeMonths != nil && situation.zones.isEmpty && !situation.facts.consents.isEmpty {
                lacking = .place
                continue
            }
            var nearest = ConsentFault.none
            let span = consentCheck.span(in: situation, at: t, nearest: &nearest) {
                !isSeparate || $0.dataFields.contains(field)
            }
            if let end = span.until { until = min(until, end) } else { retry = later(retry, span.opens) }
        }
        if retry != t { return .fails(retry: retry, detail: "consent") }
        return lacking.map { .lacks($0) } ?? .passes(until: until)
    }
}
