import GateModel

/// What a list is for and how its files are read; the same for all of its versions.
public struct ListDefinition: Hashable, Sendable {
    /// What being listed does to a call.
    public enum Effect: String, Hashable, Sendable, Codable {
        case suppress, exempt
    }

    /// Whether an entry can carry a period and a category.
    public enum Entries: String, Hashable, Sendable, Codable {
        case plain, dated
    }

    /// For which numbers a missing entry means "not listed".
    public enum Coverage: String, Hashable, Sendable, Codable {
        /// Every number.
        case complete
        /// Numbers under the prefixes that the version names.
        case prefixes
        /// Numbers whose answer the version holds.
        case asked
    }

    /// 1 to 40 of `a` to `z`, `0` to `9` and `-`; also the name of the list's folder.
    public let name: String
    /// Whether being listed forbids a call or exempts it from a rule.
    public let effect: Effect
    /// Names of purposes, or `["all"]`; never empty.
    public let purposes: [String]
    /// Nil means every product.
    public let products: [String]?
    /// ISO 3166-2 codes; nil means everywhere.
    public let jurisdictions: [String]?
    /// Nil means that the list never grows stale.
    public let greatestAge: Span?
    /// Whether the columns for periods and categories are read.
    public let entries: Entries
    /// For which numbers "not listed" is an answer.
    public let coverage: Coverage
    /// True for the gate's own lists: empty from the first start, stale only by ``greatestAge``.
    public let keptByGate: Bool
    /// ISO 3166-1 alpha-2 code by which national numbers are read; nil means that every number says its country.
    public let region: String?
    /// Whether another person must approve a version before it is activated.
    public let needsApproval: Bool
    /// Roles that may put a version in force; never empty.
    public let approvers: [String]
    /// Share of the active version's entries, 0 to 1, that a replacement may drop on one person's word.
    public let mostDropped: Double
    /// How its files are read, unless an upload says otherwise.
    public let reading: ImportOptions
    /// Whether an entry may be a prefix so short that it may hold a whole country.
    public let allowsCountryPrefixes: Bool
    /// What every entry must begin with; nil takes every number. Keeps the file of another country out.
    public let accepts: [NumberPrefix]?

    /// - Throws: ``SuppressionError/invalidDefinition(field:reason:)``, naming the first field at fault.
    public init(
        name: String, effect: Effect = .suppress, purposes: [String] = ["all"], products: [String]? = nil,
        jurisdictions: [String]? = nil, greatestAge: Span? = nil, entries: Entries = .plain,
        coverage: Coverage = .complete, keptByGate: Bool = false, region: String? = nil,
        needsApproval: Bool = false, approvers: [String] = ["operations", "compliance"], mostDropped: Double = 0.05,
        reading: ImportOptions = ImportOptions(), allowsCountryPrefixes: Bool = false, accepts: [NumberPrefix]? = nil
    ) throws(SuppressionError) {
        guard Self.isName(name) else {
            throw .invalidDefinition(field: "name", reason: "must be 1 to 40 of `a`-`z`, `0`-`9` and `-`")
        }
        guard !purposes.isEmpty else {
            throw .invalidDefinition(field: "purposes", reason: "is empty; write `[all]` for every purpose")
        }
        if let products, products.isEmpty {
            throw .invalidDefinition(field: "products", reason: "is empty; leave it out for every product")
        }
        if let jurisdictions, jurisdictions.isEmpty {
            throw .invalidDefinition(field: "jurisdictions", reason: "is empty; leave it out for everywhere")
        }
        if let greatestAge, greatestAge.milliseconds <= 0 {
            throw .invalidDefinition(field: "greatest_age", reason: "must be longer than nothing")
        }
        if let region, region.utf8.count != 2 || !region.utf8.allSatisfy({ (65...90).contains($0) }) {
            throw .invalidDefinition(field: "region", reason: "must be two capital letters, such as `CN`")
        }
        guard (0...1).contains(mostDropped) else {
            throw .invalidDefinition(field: "most_dropped", reason: "must be a share from `0%` to `100%`")
        }
        if let share = reading.maximumRejectedShare, !(0...1).contains(share) {
            throw .invalidDefinition(field: "bad_lines", reason: "must lie between 0 % and 100 %")
        }
        if let accepts, accepts.isEmpty {
            throw .invalidDefinition(field: "accepts", reason: "is empty; leave it out to take every number")
        }
        self.name = name
        self.effect = effect
        self.purposes = purposes
        self.products = products
        self.jurisdictions = jurisdictions
        self.greatestAge = greatestAge
        self.entries = entries
        self.coverage = coverage
        self.keptByGate = keptByGate
        self.region = region
        self.needsApproval = needsApproval
        self.approvers = approvers
        self.mostDropped = mostDropped
        self.reading = reading
        self.allowsCountryPrefixes = allowsCountryPrefixes
        self.accepts = accepts
    }

    /// Whether a text can name a list; such a text is safe as a folder's name.
    public static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
