import GateModel

/// What another policy would have made of past decisions.
public struct SimulationReport: Sendable {
    /// A decision to look at.
    public struct Example: Hashable, Sendable {
        public var id: String
        /// The number as it may be shown; nil where it could not be read.
        public var mask: String?
    }

    public struct Tally: Sendable {
        public internal(set) var count = 0
        /// The earliest.
        public internal(set) var examples: [Example] = []

        mutating func add(_ example: Example, atMost limit: Int) {
            count += 1
            if examples.count < limit { examples.append(example) }
        }
    }

    /// Decisions that would have been the other way.
    public struct Flips: Sendable {
        public internal(set) var total = Tally()
        /// By the rule that would deny, or that would no longer; a decision with several counts for each.
        public internal(set) var byRule: [String: Tally] = [:]
        /// The empty text is for calls without a campaign.
        public internal(set) var byCampaign: [String: Tally] = [:]
        /// By the hour of the called party's day, 0 to 23; -1 where its place is not known.
        public internal(set) var byHour: [Int: Tally] = [:]
    }

    public let candidate: String
    public internal(set) var decided = 0
    /// The same verdict.
    public internal(set) var unchanged = 0
    public internal(set) var allowToDeny = Flips()
    public internal(set) var denyToAllow = Flips()
    /// Allows that the candidate would deny only because nothing is on record of a list that it names. By rule.
    public internal(set) var notKnown = Flips()
    /// Denials that the candidate keeps for that alone.
    public internal(set) var deniedForNotKnown = 0
    /// Lists of which the records say nothing.
    public internal(set) var unknownLists: Set<String> = []
    public internal(set) var erased = 0
    /// Decisions whose record or snapshot cannot be read.
    public internal(set) var unreadable = 0
    /// Entries that were dropped with their segment, outcomes among them.
    public internal(set) var dropped = 0

    init(candidate: String) { self.candidate = candidate }

    /// What no simulation can know.
    public static let caveats = [
        "each decision is judged by itself: attempts, refusals and outcomes that followed stay as they were recorded",
        "a list that the candidate names and the records do not know denies as freshness and is counted apart",
        "a list that the gate would keep itself begins empty",
        "zones are those of the system; numbers are read again by the candidate's number plans",
    ]
}
