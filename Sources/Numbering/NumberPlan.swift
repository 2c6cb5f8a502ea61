import GateModel

/// What a data file says of one region's numbers beyond libphonenumber.
public struct NumberPlan: Hashable, Sendable {
    /// A set of national significant numbers and what they are.
    public struct Range: Hashable, Sendable {
        /// First digits of the national significant number (no trunk zero), expanded.
        public let prefixes: [String]
        /// Lengths of the whole national significant number in digits; empty means any length.
        public let lengths: Set<Int>
        /// Nil keeps libphonenumber's type.
        public let type: NumberType?
        /// What the range is beyond its type; nil for ordinary numbers. See `NumberReading.category`.
        public let category: String?
        /// False makes every number of the range `invalid`, whatever libphonenumber says.
        public let callable: Bool

        public init(
            prefixes: [String], lengths: Set<Int>, type: NumberType? = nil, category: String? = nil,
            callable: Bool = true
        ) {
            self.prefixes = prefixes
            self.lengths = lengths
            self.type = type
            self.category = category
            self.callable = callable
        }
    }

    /// One line of the area code table.
    public struct AreaCode: Hashable, Sendable {
        /// First digits of the national significant number, without trunk zero.
        public let prefix: String
        /// The place in the words of its country, for people.
        public let place: String
        /// ISO 3166-2 codes of every subdivision that the area touches.
        public let subdivisions: [String]
        /// IANA names of every zone that the area touches; empty means the region's.
        public let zones: [String]

        public init(prefix: String, place: String, subdivisions: [String], zones: [String] = []) {
            self.prefix = prefix
            self.place = place
            self.subdivisions = subdivisions
            self.zones = zones
        }
    }

    /// ISO 3166-1 alpha-2, upper case: whose numbers these are to libphonenumber.
    public let region: String
    /// ISO 3166-1 alpha-2 of the country whose law holds there; an overseas part may have a region of its own.
    public let country: String
    /// The country calling code, such as 86.
    public let callingCode: Int
    /// Carrier selection prefixes that are taken off a national form before it is read.
    public let strip: [String]
    /// The first range that a number lies in decides.
    public let ranges: [Range]
    /// The longest prefix that a number begins with decides.
    public let areaCodes: [AreaCode]
    /// IANA names of every zone of the region.
    public let zones: [String]
    /// Whether a `fixed_line` whose area code is not in the table is `invalid`.
    public let requireAreaCode: Bool

    /// - Throws: ``NumberingError/plan(region:problems:)`` with everything that is wrong.
    public init(
        region: String, country: String? = nil, callingCode: Int, strip: [String] = [], ranges: [Range] = [],
        areaCodes: [AreaCode] = [],
        zones: [String] = [], requireAreaCode: Bool = false
    ) throws(NumberingError) {
        self.region = region
        self.country = country ?? region
        self.callingCode = callingCode
        self.strip = strip
        self.ranges = ranges
        self.areaCodes = areaCodes
        self.zones = zones
        self.requireAreaCode = requireAreaCode
        let problems = self.problems()
        guard problems.isEmpty else { throw NumberingError.plan(region: region, problems: problems) }
    }
}

extension NumberPlan {
    /// Longest national significant number that a range may speak of; longer digit strings are read as no number.
    static let mostDigits = 24

    private func problems() -> [String] {
        var found: [String] = []
        if region.utf8.count != 2 || !region.utf8.allSatisfy({ (65...90).contains($0) }) {
            found.append("`\(region)` is no region: write two upper-case letters such as `CN`")
        }
        if country != region, country.utf8.count != 2 || !country.utf8.allSatisfy({ (65...90).contains($0) }) {
            found.append("`\(country)` is no country: write two upper-case letters such as `FR`")
        }
        if !(1...999).contains(callingCode) {
            found.append("the calling code `\(callingCode)` is outside 1 to 999")
        }
        for prefix in strip where !Self.isPrefix(prefix) {
            found.append("the prefix to strip `\(prefix)` is not 1 to \(Self.mostDigits) digits")
        }
        for (index, range) in ranges.enumerated() {
            found += range.problems().map { "range \(index + 1): \($0)" }
        }
        var seen: Set<String> = []
        for area in areaCodes {
            if !Self.isPrefix(area.prefix) { found.append("the area code `\(area.prefix)` is not digits") }
            if !seen.insert(area.prefix).inserted { found.append("the area code `\(area.prefix)` appears twice") }
        }
        if requireAreaCode && areaCodes.isEmpty {
            found.append("area codes are required, but the table is empty: every land line would be invalid")
        }
        return found
    }

    fileprivate static func isPrefix(_ text: String) -> Bool {
        (1...mostDigits).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}

extension NumberPlan.Range {
    private static let knownTypes: Set<NumberType> = [
        .mobile, .fixedLine, .fixedLineOrMobile, .tollFree, .premiumRate, .sharedCost, .voip, .personalNumber, .pager,
        .uan, .voicemail,
    ]

    fileprivate func problems() -> [String] {
        var found: [String] = []
        if prefixes.isEmpty { found.append("no prefixes") }
        for prefix in prefixes where !NumberPlan.isPrefix(prefix) {
            found.append("the prefix `\(prefix)` is not digits")
        }
        for length in lengths.sorted() where !(1...NumberPlan.mostDigits).contains(length) {
            found.append("the length `\(length)` is outside 1 to \(NumberPlan.mostDigits)")
        }
        if let type, !Self.knownTypes.contains(type) {
            let names = Self.knownTypes.map(\.rawValue).sorted().joined(separator: ", ")
            found.append("`\(type)` is no type: write one of \(names), or `callable: false`")
        }
        return found
    }
}
