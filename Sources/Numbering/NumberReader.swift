import GateModel

/// Reads numbers as people and machines write them.
///
/// Pure: the same input gives the same reading for as long as the plans and libphonenumber stay the same. Any number of
/// callers may read at once.
public struct NumberReader: Sendable {
    private let plans: [PlanIndex]
    private let planOfRegion: [String: Int]
    /// By the first three digits of an international number, the plan whose calling code they begin with, -1 for none;
    /// only plans that need not share their calling code.
    private let planOfCallingCode: [Int16]
    /// By the same digits, the plans of a calling code that several regions share, -1 for none.
    private let sharedOfCallingCode: [Int16]
    private let shared: [SharedCode]
    let defaultRegion: String?

    /// - Parameters:
    ///   - plans: At most one for each region; of two, the later counts. The other regions are libphonenumber's.
    ///   - defaultRegion: ISO 3166-1 alpha-2; whose national forms are read when a call says no region. Nil for none.
    public init(plans: [NumberPlan], defaultRegion: String?) {
        self.plans = plans.map(PlanIndex.init)
        self.defaultRegion = defaultRegion
        planOfRegion = Dictionary(zip(plans.map(\.region), plans.indices), uniquingKeysWith: { $1 })
        var table = [Int16](repeating: -1, count: 1000)
        for (index, plan) in self.plans.enumerated() where plan.isOnlyRegion {
            let code = plans[index].callingCode
            let span = [1: 100, 2: 10][plan.callingCode.count] ?? 1
            for first in code * span..<(code + 1) * span { table[first] = Int16(clamping: index) }
        }
        planOfCallingCode = table
        shared = SharedCode.all(plans, self.plans)
        var sharedTable = [Int16](repeating: -1, count: 1000)
        for (index, group) in shared.enumerated() {
            let span = [1: 100, 2: 10][String(group.callingCode).utf8.count] ?? 1
            for first in group.callingCode * span..<(group.callingCode + 1) * span {
                sharedTable[first] = Int16(clamping: index)
            }
        }
        sharedOfCallingCode = sharedTable
    }

    /// Whether the input has any decimal digit, of whatever script.
    public static func containsDigit(_ input: String) -> Bool {
        input.unicodeScalars.contains { WrittenNumber.digit($0) != nil }
    }

    /// No number is written in more bytes of UTF-8.
    private static let longest = 64

    /// Reads the number of a call's destination.
    ///
    /// An extension is ignored: the reading is that of the line. Never fails: what is no number reads as `invalid`, and
    /// so does what is longer than 64 bytes.
    /// Well under a microsecond for plus and digits in a range that a plan decides, some microseconds otherwise.
    ///
    /// - Parameter region: ISO 3166-1 alpha-2 of a national form; nil for the default region. An international form
    ///   (plus, or 00 without any region) speaks for itself.
    public func read(_ input: String, region: String? = nil) -> NumberReading {
        if input.utf8.count > NumberReader.longest { return NumberReading(e164: nil, type: .invalid, region: region) }
        return readPlain(input) ?? parse(input, region: region).reading
    }

    /// Reads a caller id, which may be a service code; two spellings of one caller id give one text if the region of
    /// their national forms is the same.
    public func readCallerID(_ input: String, region: String? = nil) -> CallerIDReading {
        if let plain = readPlain(input), let number = plain.e164, plain.type != .invalid {
            return CallerIDReading(text: number.description, type: plain.type, category: plain.category, e164: number)
        }
        let (reading, bare) = parse(input, region: region)
        let text = reading.e164?.description ?? bare.text
        return CallerIDReading(text: text, type: reading.type, category: reading.category, e164: reading.e164)
    }
}

/// For files of numbers.
extension NumberReader {
    /// The number's E.164 form; nil for what is no callable number.
    ///
    /// - Parameter region: As in ``read(_:region:)``.
    public func callable(_ input: String, region: String?) -> E164? {
        let reading = read(input, region: region)
        return reading.type == .invalid ? nil : reading.e164
    }

    /// ``callable(_:region:)`` where a plan decides without libphonenumber; nil where it finds none or does not decide.
    ///
    /// - Parameter home: The plan of the region whose national forms are read, if there is one.
    func callableByPlan(_ digits: DigitRun, isInternational: Bool, home: PlanIndex?) -> E164? {
        if isInternational {
            return planned(international: digits).flatMap { plan, national in plan.callable(national) }
        }
        guard let home else { return nil }
        return Self.planned(national: home.withoutCarrierSelection(digits), by: home).flatMap(home.callable)
    }

    func plan(ofRegion region: String) -> PlanIndex? { planOfRegion[region].map { plans[$0] } }

    /// Whether a plan speaks about numbers with this calling code.
    func hasPlan(ofCallingCode code: Int) -> Bool { plans.contains { $0.callingCode.text == String(code) } }
}

extension NumberReader {
    typealias Parsed = (reading: NumberReading, bare: DigitRun)

    /// The fast path: plus and ASCII digits that a plan decides without libphonenumber.
    func readPlain(_ input: String) -> NumberReading? {
        var digits = DigitRun()
        var isFirst = true
        for byte in input.utf8 {
            if isFirst {
                guard byte == UInt8(ascii: "+") else { return nil }
                isFirst = false
            } else {
                guard (48...57).contains(byte), digits.append(Int(byte) - 48) else { return nil }
            }
        }
        return planned(international: digits).flatMap { plan, national in plan.reading(national) }
    }

    private func parse(_ input: String, region: String?) -> Parsed {
        let said = known(region ?? defaultRegion)
        guard let written = WrittenNumber(input) else { return (Self.invalid(region: said), DigitRun()) }
        if written.isInternational { return international(written.digits, said: said) }
        // The international prefix that ITU-T E.123 recommends; with a region, libphonenumber knows the region's own.
        if said == nil, written.digits.count > 2, written.digits[0] == 0, written.digits[1] == 0 {
            return international(written.digits.dropFirst(2), said: nil)
        }
        guard let said else { return (Self.invalid(region: nil), written.digits) }
        return national(written.digits, region: said)
    }

    private func international(_ digits: DigitRun, said: String?) -> Parsed {
        if let (plan, national) = planned(international: digits), let reading = plan.reading(national) {
            return (reading, national)
        }
        guard let reading = Library.read(digits, isInternational: true, region: said) else {
            return (Self.invalid(region: plan(ofInternational: digits)?.country), digits)
        }
        return completed(reading)
    }

    private func national(_ digits: DigitRun, region: String) -> Parsed {
        var digits = digits
        if let plan = plan(ofRegion: region) {
            digits = plan.withoutCarrierSelection(digits)
            if let national = Self.planned(national: digits, by: plan), let reading = plan.reading(national) {
                return (reading, national)
            }
        }
        guard let reading = Library.read(digits, isInternational: false, region: region) else {
            return (Self.invalid(region: region), digits)
        }
        return completed(reading)
    }

    /// Lets the plan of the number's region speak after libphonenumber.
    private func completed(_ library: Library.Reading) -> Parsed {
        let national = library.national
        if let index = library.region.flatMap({ planOfRegion[$0] }),
            let reading = plans[index].reading(national, library: library)
        {
            return (reading, national)
        }
        return (NumberReading(e164: library.e164, type: library.type, region: library.region), national)
    }

    /// The plan that may decide about an international number, and the number behind its calling code.
    private func planned(international digits: DigitRun) -> (PlanIndex, DigitRun)? {
        guard let plan = plan(ofInternational: digits) else { return nil }
        return (plan, plan.withoutTrunkZero(digits.dropFirst(plan.callingCode.count)))
    }

    /// The national significant number that a plan may decide about; nil where libphonenumber must be asked.
    private static func planned(national digits: DigitRun, by plan: PlanIndex) -> DigitRun? {
        let hasInternationalPrefix = digits.count > 2 && digits[0] == 0 && digits[1] == 0
        guard !hasInternationalPrefix else { return nil }
        let national = plan.national(digits)
        return plan.isOnlyRegion || plan.hasPlace(national) ? national : nil
    }

    private func plan(ofInternational digits: DigitRun) -> PlanIndex? {
        guard digits.count >= 3 else { return nil }
        let first = digits[0] * 100 + digits[1] * 10 + digits[2]
        let index = planOfCallingCode[first]
        if index >= 0 { return plans[Int(index)] }
        let group = sharedOfCallingCode[first]
        return group < 0 ? nil : shared[Int(group)].plan(of: digits).map { plans[$0] }
    }

    /// Upper case; nil for what is no region, since no pack can speak for it.
    func known(_ region: String?) -> String? {
        guard let region, !region.isEmpty else { return nil }
        if planOfRegion[region] != nil { return region }
        let upper = region.uppercased()
        return planOfRegion[upper] != nil || Library.isRegion(upper) ? upper : nil
    }

    private static func invalid(region: String?) -> NumberReading {
        NumberReading(e164: nil, type: .invalid, region: region)
    }
}
