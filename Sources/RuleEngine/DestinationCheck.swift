import GateModel

/// Which numbers may be called at all.
public struct DestinationCheck: Sendable {
    public var permittedTypes: [NumberType]?
    /// Categories that another rule judges.
    public var exceptCategories: [String] = []
    public var deniedTypes: [NumberType] = []
    public var deniedCategories: [String] = []

    public init() {}

    func standing(in situation: Situation, at t: Instant) -> Standing {
        let number = situation.call.number
        if let category = number.category, exceptCategories.contains(category) { return .passes }
        if let permittedTypes, !permittedTypes.contains(number.type) { return .fails(retry: nil, detail: "type") }
        if deniedTypes.contains(number.type) { return .fails(retry: nil, detail: "type") }
        if let category = number.category, deniedCategories.contains(category) {
            return .fails(retry: nil, detail: category)
        }
        return .passes
    }
}

/// Whether any pack speaks of the number's place and of the call's purpose.
struct CoverageCheck: Check {
    func standing(in situation: Situation, at t: Instant) -> Standing {
        let packs = situation.place.packs
        guard !packs.isEmpty else {
            return .fails(retry: nil, detail: situation.call.number.region == nil ? "unreadable" : "no_pack")
        }
        let speaks = packs.allSatisfy { situation.policy.packs[$0].purposes.contains(situation.call.purpose) }
        return speaks ? .passes : .fails(retry: nil, detail: "purpose")
    }
}

/// Which number the call may show.
public struct CallerIDCheck: Sendable {
    public struct Range: Sendable, Hashable {
        /// Leading characters of the caller id's text, such as `+86400`.
        public var prefix: String
        /// How many digits it has; nil for any.
        public var digits: Int?
        /// Whether a registered approval for calling out lifts the ban.
        public var unlessApproved: Bool

        public init(prefix: String, digits: Int?, unlessApproved: Bool) {
            self.prefix = prefix
            self.digits = digits
            self.unlessApproved = unlessApproved
        }

        func contains(_ text: String) -> Bool {
            text.utf8.starts(with: prefix.utf8)
                && digits.map { $0 == text.utf8.count(where: { $0 != UInt8(ascii: "+") }) } ?? true
        }
    }

    public var isRequired = false
    public var isRegistered = false
    public var denied: [Range] = []
    /// Only these may be shown; empty for any.
    public var permitted: [Range] = []

    public init() {}

    func standing(in situation: Situation, at t: Instant) -> Standing {
        guard let callerID = situation.call.callerID else {
            return isRequired ? .fails(retry: nil, detail: "missing") : .passes
        }
        // What has no digits is no number, whatever a register holds.
        if callerID.text.isEmpty && (isRequired || isRegistered) { return .fails(retry: nil, detail: "unknown") }
        if !permitted.isEmpty && !permitted.contains(where: { $0.contains(callerID.text) }) {
            return .fails(retry: nil, detail: "range")
        }
        let range = denied.first { $0.contains(callerID.text) }
        if let range, !range.unlessApproved { return .fails(retry: nil, detail: "range") }
        guard isRegistered || range != nil else { return .passes }
        if situation.lacks(.callerIDs) { return .lacks(.callerIDs) }
        if isRegistered, let fault = registrationFault(in: situation) { return .fails(retry: nil, detail: fault) }
        if range != nil {
            guard case .registered(let record) = situation.facts.callerID, record.outboundApproved else {
                return .fails(retry: nil, detail: "range")
            }
        }
        return .passes
    }

    private func registrationFault(in situation: Situation) -> String? {
        switch situation.facts.callerID {
        case .assumed: return situation.facts.assumesQuiet ? nil : "unknown"
        case .unknown: return "unknown"
        case .registered(let record):
            let isForPurpose = record.purposes.isEmpty || record.purposes.contains(situation.call.purpose)
            guard isForPurpose else { return "purpose" }
            return record.legalEntity == situation.call.legalEntity ? nil : "legal_entity"
        }
    }
}
