import Ledger

/// Kinds of entries that are kept alike, under the name that policy packs give them in `retention`.
enum RetentionClass: CaseIterable {
    case decision, consent, refusal, complaint, access

    /// The records of a pack's `retention`; the longest counts. "after" in a name: the term runs from that end.
    var records: [String] {
        switch self {
        case .decision: ["decision", "call_metadata"]
        case .consent: ["consent_evidence_after_consent_end"]
        case .refusal: ["refusal_after_lift"]
        case .complaint: ["complaint"]
        case .access: ["access_log"]
        }
    }

    /// In the order in which they are removed: what others rest on comes first.
    var kinds: [EntryKind] {
        switch self {
        case .decision: [.allow, .deny, .outcome, .importedAttempt, .relationship, .appointment]
        case .consent: [.consent, .consentWithdrawal]
        case .refusal: [.lift, .optOut, .listRecord, .listEntry]
        case .complaint: [.complaint, .complaintStep]
        case .access: [.access]
        }
    }
}

extension EntryKind {
    /// Whether there are so many that they are looked through once only.
    var isFrequent: Bool { [.allow, .deny, .outcome].contains(self) }
}
