import Calendars
import GateModel

/// The words that every pack uses and the rules that hold everywhere.
public struct CorePack: Sendable {
    public var purposes: [String]
    public var settings: [String: Bool]
    public var permitSeconds: [CallMode: Int]
    public var ringGuard: Span
    public var outcomeDue: Span
    public var outcomes: [String: OutcomeEffect]
    /// Which source answers for a list that the gate keeps itself; every other list is answered by `lists`.
    public var ownLists: [String: FactSource]
    /// Whether a policy that lets more calls through than this one needs two persons to come into force.
    public var looserNeedsTwo = false
    public var rules: [Rule]

    public init(
        purposes: [String], settings: [String: Bool], permitSeconds: [CallMode: Int], ringGuard: Span, outcomeDue: Span,
        outcomes: [String: OutcomeEffect], ownLists: [String: FactSource], rules: [Rule]
    ) {
        self.purposes = purposes
        self.settings = settings
        self.permitSeconds = permitSeconds
        self.ringGuard = ringGuard
        self.outcomeDue = outcomeDue
        self.outcomes = outcomes
        self.ownLists = ownLists
        self.rules = rules
    }
}

/// What an outcome does to the attempt and to later decisions.
public struct OutcomeEffect: Sendable, Hashable {
    public struct Refusal: Sendable, Hashable {
        public var strength: RefusalStrength
        /// Purposes that are always refused.
        public var purposes: [String] = []
        /// Purposes whose own call, so answered, is refused too; `["all"]` for every purpose.
        public var ownPurpose: [String] = []
        /// Whether the report names the purposes; then ``purposes`` is what it means when it names none.
        public var areStated = false
        /// Purposes that cannot be refused.
        public var excepted: [String] = []

        public init(strength: RefusalStrength) { self.strength = strength }

        /// What a call of a purpose, so answered, refuses.
        ///
        /// - Parameters:
        ///   - stated: Purposes that the report names; empty for none.
        ///   - known: Every purpose, for `all`.
        public func purposes(ofCall purpose: String, stated: [String], known: [String]) -> [String] {
            var refused = purposes
            if areStated && !stated.isEmpty { refused = stated.contains("all") ? known : stated }
            if ownPurpose.contains("all") || ownPurpose.contains(purpose), !refused.contains(purpose) {
                refused.append(purpose)
            }
            refused.removeAll(where: excepted.contains)
            return refused
        }
    }

    public var isAttempt = true
    public var isConnection: Bool
    /// Whether a connection was a conversation.
    public var isConversation = true
    public var refusal: Refusal?
    public var opensComplaint = false
    /// A list on which the number counts as listed from now on.
    public var listRecord: String?
    /// Whether that record is for the call's product only.
    public var recordsProduct = false
    public var endsConsents = false

    public init(isConnection: Bool) { self.isConnection = isConnection }
}

/// The rules of one jurisdiction.
public struct Pack: Sendable {
    public var id: String
    /// ISO 3166-1 or 3166-2.
    public var jurisdiction: String
    public var title: Localised
    /// The legal time; empty where it is the time of the number's own place.
    public var zones: [Zone]
    public var calendar: String?
    public var purposes: [String]
    public var products: [String]
    public var dataFields: Set<String>
    public var attributes: [String: AttributeDeclaration] {
        didSet { readAttributes() }
    }
    private(set) var recordedAttributes: [RecordedAttribute] = []
    private(set) var requiredAttributes: [RequiredAttribute] = []
    /// The pack's switches; in a snapshot with the core pack's beside them.
    public var settings: [String: Bool]
    public var obligations: [ObligationRule]
    public var rules: [Rule]

    public init(
        id: String, jurisdiction: String, title: Localised, zones: [Zone], calendar: String?, purposes: [String],
        products: [String], dataFields: Set<String>, attributes: [String: AttributeDeclaration],
        settings: [String: Bool], obligations: [ObligationRule], rules: [Rule]
    ) {
        self.id = id
        self.jurisdiction = jurisdiction
        self.title = title
        self.zones = zones
        self.calendar = calendar
        self.purposes = purposes
        self.products = products
        self.dataFields = dataFields
        self.attributes = attributes
        self.settings = settings
        self.obligations = obligations
        self.rules = rules
        readAttributes()
    }

    private mutating func readAttributes() {
        let sorted = attributes.sorted { $0.key < $1.key }
        recordedAttributes = sorted.compactMap { name, declaration in
            declaration.record.map { RecordedAttribute(name, $0) }
        }
        requiredAttributes = sorted.filter { !$0.value.deniesWhenAbsent.isEmpty }
            .map { RequiredAttribute(name: $0.key, when: $0.value.deniesWhenAbsent) }
    }
}

/// An attribute of which the gate may know more than the call says.
final class RecordedAttribute: Sendable {
    let name: String
    let record: AttributeDeclaration.Record
    let isMandate: Bool

    init(_ name: String, _ record: AttributeDeclaration.Record) {
        self.name = name
        self.record = record
        isMandate = record == .vendorMandate
    }

    /// What answers for the record.
    var source: FactSource { isMandate ? .vendors : .attempts }
}

/// An attribute whose absence denies.
struct RequiredAttribute: Sendable {
    var name: String
    /// Purposes and modes in which it does.
    var when: Set<String>
}

/// A text in English and Chinese.
public struct Localised: Sendable, Hashable {
    public var english: String
    public var chinese: String

    public init(english: String, chinese: String) {
        self.english = english
        self.chinese = chinese
    }
}

public struct AttributeDeclaration: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case boolean, integer
        case choice([String], ordered: Bool)
    }

    /// What the gate knows itself and believes before the call.
    public enum Record: Sendable, Hashable {
        /// Whether a mandate of the vendor that covers the call is on record.
        case vendorMandate
        /// How many of the customer's last such attempts in a row reached nobody.
        case failedInARow(Applicability)
    }

    public var kind: Kind
    /// Purposes and modes in which its absence denies.
    public var deniesWhenAbsent: Set<String>
    public var record: Record?

    public init(kind: Kind, deniesWhenAbsent: Set<String> = [], record: Record? = nil) {
        self.kind = kind
        self.deniesWhenAbsent = deniesWhenAbsent
        self.record = record
    }
}

public struct ObligationRule: Sendable {
    public var obligation: Obligation
    public var applies: Applicability

    public init(kind: String, values: [String: AttributeValue], applies: Applicability) {
        obligation = Obligation(kind: kind, values: values)
        self.applies = applies
    }
}
