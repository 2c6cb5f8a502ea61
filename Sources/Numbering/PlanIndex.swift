import GateModel

/// A ``NumberPlan`` made ready for fast reads. A class, because a copy of its many arrays would cost more than a read.
final class PlanIndex: Sendable {
    private struct Rule: Sendable {
        /// Bit n is set where n digits are a length of the range.
        var lengths: UInt32
        /// Nil leaves the type to libphonenumber.
        var type: NumberType?
        var category: String?
        /// The type in short: what ``callable(_:)`` needs, without a text to copy.
        var verdict: Verdict
    }

    private enum Verdict {
        /// The range alone does not decide.
        case open
        case invalid, callable
        /// Callable if the area code is known.
        case callableWithAreaCode
    }

    private struct Place: Sendable {
        var subdivisions: [String]
        var zones: [String]
    }

    /// Stands in where a plan names no callable range: shorter ones are hardly ever a person's.
    private static let usualShortest = 7

    let country: String
    let callingCode: DigitRun
    /// Whether a number with this calling code is of this region without a look at its other digits.
    let isOnlyRegion: Bool
    private let zones: [String]
    private let requireAreaCode: Bool
    private let hasTrunkZero: Bool
    private let strip: [DigitRun]
    private let rules: [Rule]
    private let places: [Place]
    private let rulesByPrefix: DigitTrie
    private let placesByPrefix: DigitTrie
    /// Digits of the shortest number that can be called.
    private let shortest: Int
    /// Digits of the longest number that can be called.
    private let longest: Int

    init(_ plan: NumberPlan) {
        country = plan.country
        callingCode = DigitRun(String(plan.callingCode)) ?? DigitRun()
        isOnlyRegion = Library.isOnlyRegion(plan.region, of: plan.callingCode)
        hasTrunkZero = Library.hasTrunkZero(plan.region)
        zones = plan.zones
        requireAreaCode = plan.requireAreaCode
        strip = plan.strip.compactMap { DigitRun($0) }
        rules = plan.ranges.map { range in
            let lengths = range.lengths.reduce(UInt32(0)) { $0 | 1 << UInt32($1) }
            let type = range.callable ? range.type : .invalid
            let verdict: Verdict =
                switch type {
                case nil: .open
                case NumberType.invalid?: .invalid
                case NumberType.fixedLine? where plan.requireAreaCode: .callableWithAreaCode
                default: .callable
                }
            return Rule(
                lengths: range.lengths.isEmpty ? .max : lengths, type: type, category: range.category,
                verdict: verdict)
        }
        places = plan.areaCodes.map {
            Place(subdivisions: $0.subdivisions, zones: $0.zones.isEmpty ? plan.zones : $0.zones)
        }
        let lengths = plan.ranges.lazy.filter { $0.callable && $0.type != nil }.flatMap(\.lengths)
        shortest = lengths.min() ?? Self.usualShortest
        longest = lengths.max() ?? NumberPlan.mostDigits
        rulesByPrefix = DigitTrie(plan.ranges.map(\.prefixes))
        placesByPrefix = DigitTrie(plan.areaCodes.map { [$0.prefix] })
    }

    /// - Parameter library: What libphonenumber says of the same number; nil to read without it.
    /// - Returns: Nil where the plan alone does not decide and `library` is nil.
    func reading(_ national: DigitRun, library: Library.Reading? = nil) -> NumberReading? {
        let rule = rulePlace(of: national).map { rules[$0] }
        guard var type = rule?.type ?? library?.type else { return nil }
        var subdivisions: [String] = []
        var zones = zones
        if type != .invalid {
            if let place = place(of: national) {
                subdivisions = place.subdivisions
                zones = place.zones
            } else if requireAreaCode && type == .fixedLine {
                type = .invalid
            }
        }
        let isDecidedHere = rule?.type != nil
        return NumberReading(
            e164: isDecidedHere ? e164(national, isNumber: type != .invalid) : library?.e164, type: type,
            category: rule?.category, region: country, subdivisions: subdivisions, zones: zones)
    }

    /// What is no number and shorter than every number is a short code, which has no international form; and no number
    /// begins with the trunk prefix.
    private func e164(_ national: DigitRun, isNumber: Bool) -> E164? {
        guard isNumber || national.count >= shortest, !(hasTrunkZero && national.count > 0 && national[0] == 0) else {
            return nil
        }
        return (callingCode + national)?.international.flatMap { E164(digits: $0) }
    }

    /// The E.164 form of a number that the plan alone finds callable: ``reading(_:library:)`` without its words.
    func callable(_ national: DigitRun) -> E164? {
        guard let place = rulePlace(of: national), isCallable(rules[place].verdict, national) else { return nil }
        return e164(national, isNumber: true)
    }

    /// Whether the plan has a line or a category for the number; nil where the plan alone does not decide.
    private func isKnown(_ national: DigitRun) -> Bool? {
        guard let place = rulePlace(of: national), rules[place].verdict != .open else { return nil }
        return rules[place].category != nil || isCallable(rules[place].verdict, national)
    }

    private func isCallable(_ verdict: Verdict, _ national: DigitRun) -> Bool {
        switch verdict {
        case .open, .invalid: false
        case .callable: true
        case .callableWithAreaCode: hasPlace(national)
        }
    }

    private func rulePlace(of national: DigitRun) -> Int? {
        var first = Int.max
        let length = UInt32(1) << UInt32(min(national.count, 31))
        rulesByPrefix.forEachMatch(of: national) { index in
            if index < first && rules[index].lengths & length != 0 { first = index }
        }
        return first == .max ? nil : first
    }

    /// Whether the number begins with an area code of the table.
    func hasPlace(_ national: DigitRun) -> Bool {
        var found = false
        placesByPrefix.forEachMatch(of: national) { _ in found = true }
        return found
    }

    private func place(of national: DigitRun) -> Place? {
        var longest = -1
        placesByPrefix.forEachMatch(of: national) { longest = $0 }
        return longest < 0 ? nil : places[longest]
    }
}

extension PlanIndex {
    /// The national number behind a calling code: people leave the trunk zero in, as in `+86 (0)22`.
    func withoutTrunkZero(_ digits: DigitRun) -> DigitRun {
        hasTrunkZero && digits.count > 1 && digits[0] == 0 ? digits.dropFirst(1) : digits
    }

    /// Takes one carrier selection prefix off, where enough for a whole number follows.
    func withoutCarrierSelection(_ written: DigitRun) -> DigitRun {
        for prefix in strip where written.count - prefix.count >= shortest && written.hasPrefix(prefix) {
            return written.dropFirst(prefix.count)
        }
        return written
    }

    /// The national significant number of digits written without plus or international prefix.
    ///
    /// The calling code is taken off where the digits are too many for a national number, or where what follows it is a
    /// number that the plan knows and the whole is not. A plan that does not decide both leaves it to libphonenumber.
    func national(_ written: DigitRun) -> DigitRun {
        if hasTrunkZero && written.count > 1 && written[0] == 0 { return written.dropFirst(1) }
        guard written.hasPrefix(callingCode), written.count > callingCode.count else { return written }
        let rest = withoutTrunkZero(written.dropFirst(callingCode.count))
        guard let isWholeKnown = isKnown(written), let isPartKnown = isKnown(rest) else { return written }
        let isTooLong = written.count > longest && rest.count >= shortest
        return isTooLong || (isPartKnown && !isWholeKnown) ? rest : written
    }
}
