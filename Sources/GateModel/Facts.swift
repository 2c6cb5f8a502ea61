/// A consent of the called party. It counts while it is in force, covers the call, and is later than the last withdrawal
/// or refusal that covers it.
public struct Consent: Hashable, Sendable {
    public var id: String?
    public var customer: String?
    public var legalEntity: String = Call.mainEntity
    public var purposes: Scope
    public var products: Scope
    public var modes: Scope
    public var channel: String = "voice"
    public var form: String
    public var bundled = false
    public var thirdParty = false
    public var anyHour = false
    /// Data fields that this consent names one by one.
    public var dataFields: [String] = []
    public var obtainedAt: Instant
    /// Exclusive.
    public var expiresAt: Instant?
    public var withdrawnAt: Instant?
    public var evidenceRef: String?
    public var evidenceSHA256: String?

    public init(purposes: Scope, products: Scope, modes: Scope, form: String, obtainedAt: Instant) {
        self.purposes = purposes
        self.products = products
        self.modes = modes
        self.form = form
        self.obtainedAt = obtainedAt
    }
}

/// A refusal. It stands until it is lifted; a soft one rests for as long as the policy says.
public struct OptOut: Hashable, Sendable {
    public var id: String?
    public var customer: String?
    public var purposes: Scope
    public var strength: RefusalStrength
    public var source: String?
    public var at: Instant
    public var liftedAt: Instant?

    public init(purposes: Scope, strength: RefusalStrength, at: Instant) {
        self.purposes = purposes
        self.strength = strength
        self.at = at
    }
}

/// A record by which a number counts as listed on a list that the gate keeps itself, whatever its versions say.
public struct ListRecord: Hashable, Sendable {
    public var id: String?
    public var list: String
    public var category: String?
    public var at: Instant
    public var liftedAt: Instant?

    public init(list: String, category: String? = nil, at: Instant) {
        self.list = list
        self.category = category
        self.at = at
    }
}

/// An established business relationship.
public struct Relationship: Hashable, Sendable {
    public var id: String?
    public var customer: String?
    public var legalEntity: String = Call.mainEntity
    public var kind: String
    public var lastAt: Instant

    public init(kind: String, lastAt: Instant) {
        self.kind = kind
        self.lastAt = lastAt
    }
}

/// A time that the called party asked for. `to` is exclusive.
public struct Appointment: Hashable, Sendable {
    public var id: String?
    public var customer: String?
    public var purposes: Scope
    public var from: Instant
    public var to: Instant
    public var evidenceRef: String?

    public init(purposes: Scope, from: Instant, to: Instant) {
        self.purposes = purposes
        self.from = from
        self.to = to
    }
}

public struct Complaint: Hashable, Sendable {
    public var id: String?
    public var customer: String?
    public var receivedAt: Instant
    public var closedAt: Instant?

    public init(receivedAt: Instant) { self.receivedAt = receivedAt }
}

/// A halt of all or part of the calling, by one person. An empty set of words does not narrow it.
public struct Stop: Hashable, Sendable {
    public var id: String?
    public var all = false
    public var purposes: [String] = []
    public var campaigns: [String] = []
    public var vendors: [String] = []
    public var callerIDs: [String] = []
    public var jurisdictions: [String] = []
    public var exceptPurposes: [String] = []
    public var from: Instant?
    /// Exclusive; nil until it is lifted.
    public var until: Instant?
    public var liftedAt: Instant?
    public var reason: String?

    public init() {}
}

public enum CallDirection: String, CaseIterable, Sendable, Hashable {
    case outbound, inbound
}

/// An earlier call, as caps count it.
public struct Attempt: Hashable, Sendable {
    public var id: String?
    /// When it was dialled: the outcome's `dialed_at`, else `decided_at`.
    public var at: Instant
    public var endedAt: Instant?
    public var sameNumber: Bool
    /// Whether it counts for the call's customer.
    public var sameCustomer: Bool
    public var purpose: String
    public var mode: CallMode = .live
    public var product: String?
    public var campaign: String?
    public var event: String?
    public var direction: CallDirection = .outbound
    /// Nil while the attempt is open.
    public var outcome: String?
    /// Whether it counts as a connection; an open attempt does.
    public var isConnection: Bool
    public var attributes: [String: AttributeValue] = [:]
    public var vendor: String = Call.ownVendor
    /// Whether it was made outside the gate.
    public var isUngated = false
    /// Whether its event and attributes are no longer known, because the person was erased. It counts wherever it may.
    public var isErased = false

    public init(at: Instant, purpose: String, sameNumber: Bool, sameCustomer: Bool, isConnection: Bool) {
        self.at = at
        self.purpose = purpose
        self.sameNumber = sameNumber
        self.sameCustomer = sameCustomer
        self.isConnection = isConnection
    }
}

/// A caller id of the institution and what was registered about it.
public struct CallerIDRecord: Hashable, Sendable {
    public var number: String
    /// Empty: every purpose.
    public var purposes: [String] = []
    public var outboundApproved = false
    public var legalEntity: String = Call.mainEntity

    public init(number: String) { self.number = number }
}

public struct Campaign: Hashable, Sendable {
    public var id: String
    public var legalEntity: String = Call.mainEntity
    public var purpose: String
    public var product: String?
    /// Empty: every registered one.
    public var callerIDs: [String] = []
    public var script: String?
    public var startsAt: Instant?
    /// Exclusive.
    public var endsAt: Instant?
    public var isPaused = false
    /// Defaults of its calls.
    public var attributes: [String: AttributeValue] = [:]

    public init(id: String, purpose: String) {
        self.id = id
        self.purpose = purpose
    }
}

/// A written mandate of a vendor, as it stands on record.
public struct Mandate: Hashable, Sendable {
    public var vendor: String
    public var mandateRef: String?
    /// Empty: every purpose.
    public var purposes: [String] = []
    /// Empty: every product.
    public var products: [String] = []
    public var from: Instant?
    /// Exclusive.
    public var to: Instant?
    public var legalEntity: String = Call.mainEntity

    public init(vendor: String) { self.vendor = vendor }
}

/// What a list says of the called number, and of itself.
public struct ListFact: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case inForce
        /// No active version, past its greatest age, or the number is outside what it covers.
        case stale, missing, uncovered
    }

    public var isListed: Bool
    public var state: State = .inForce
    /// When the version was true; nil for a list that the gate keeps itself.
    public var asOf: Instant?
    /// When the version passes its greatest age, exclusive; nil for never.
    public var staleAt: Instant?
    public var since: Instant?
    /// Exclusive.
    public var until: Instant?
    public var category: String?
    public var answer: String?
    /// What the list itself says it is for; `.every` where only the policy says.
    public var purposes: Scope = .every
    public var products: [String] = []
    public var isExempt = false
    public var version: String?

    public init(isListed: Bool) { self.isListed = isListed }
}

public struct Emergency: Hashable, Sendable {
    public var subdivision: String
    public var from: Instant
    /// Exclusive.
    public var to: Instant?

    public init(subdivision: String, from: Instant, to: Instant? = nil) {
        self.subdivision = subdivision
        self.from = from
        self.to = to
    }
}

/// What the registry says of something that a call names.
public enum Registration<Record: Hashable & Sendable>: Hashable, Sendable {
    /// Taken as registered and in force, as a case takes it where nothing is said.
    case assumed
    case unknown
    case registered(Record)
}

/// Everything that the rules may know of a call besides the call itself. Rules never ask back.
public struct Facts: Hashable, Sendable {
    public var lists: [String: ListFact] = [:]
    public var listRecords: [ListRecord] = []
    public var consents: [Consent] = []
    public var optOuts: [OptOut] = []
    public var relationships: [Relationship] = []
    public var appointments: [Appointment] = []
    public var complaints: [Complaint] = []
    public var stops: [Stop] = []
    public var attempts: [Attempt] = []
    public var callerID: Registration<CallerIDRecord> = .assumed
    public var campaign: Registration<Campaign> = .assumed
    /// The vendor's mandates; nil where nothing is on record.
    public var mandates: [Mandate]?
    public var emergencies: [Emergency] = []
    /// The share of the campaign's answered calls that were abandoned; nil where nobody counts it.
    public var abandonmentRate: Double?
    /// The end of the period that it counts; nil where it does not age.
    public var abandonmentAsOf: Instant?
    public var unavailable: Set<FactSource> = []
    /// Whether a list that is not mentioned is taken as fresh and not naming the number, as a case takes it. The service
    /// mentions every list, so that a forgotten one denies.
    public var assumesQuiet = true

    /// The quiet facts: nothing is known against the call, and nothing for it.
    public init() {}
}
