import CPhoneNumber
import GateModel

/// libphonenumber through its shim. Any thread may call it.
enum Library {
    struct Reading {
        /// Nil where the digits are no possible number.
        var e164: E164?
        var national: DigitRun
        var type: NumberType
        var region: String?
    }

    /// - Parameter region: Upper case; nil only for an international form.
    /// - Returns: Nil where the digits do not split into an assigned calling code and a national number.
    static func read(_ digits: DigitRun, isInternational: Bool, region: String?) -> Reading? {
        let text = isInternational ? "+" + digits.text : digits.text
        var out = cpn_reading()
        guard cpn_read(text, text.utf8.count, region, &out) == 1 else { return nil }
        guard let national = withUnsafeBytes(of: out.national, digitRun) else { return nil }
        return Reading(
            e164: E164(digits: out.e164), national: national, type: out.valid == 1 ? type(out.type) : .invalid,
            region: out.country_known == 1 ? withUnsafeBytes(of: out.region, ascii) : nil)
    }

    /// Whether this is a region code that libphonenumber knows; it wants upper case.
    static func isRegion(_ region: String) -> Bool { cpn_is_region(region) == 1 }

    /// 0 for an unknown region.
    static func callingCode(of region: String) -> Int { Int(cpn_calling_code(region)) }

    static func isOnlyRegion(_ region: String, of callingCode: Int) -> Bool {
        cpn_is_only_region(Int32(callingCode), region) == 1
    }

    static func hasTrunkZero(_ region: String) -> Bool { cpn_has_trunk_zero(region) == 1 }

    private static func ascii(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func digitRun(_ bytes: UnsafeRawBufferPointer) -> DigitRun? {
        DigitRun(ascii(bytes))
    }

    private static func type(_ type: cpn_type) -> NumberType {
        switch type {
        case cpn_type_fixed_line: .fixedLine
        case cpn_type_mobile: .mobile
        case cpn_type_fixed_line_or_mobile: .fixedLineOrMobile
        case cpn_type_toll_free: .tollFree
        case cpn_type_premium_rate: .premiumRate
        case cpn_type_shared_cost: .sharedCost
        case cpn_type_voip: .voip
        case cpn_type_personal_number: .personalNumber
        case cpn_type_pager: .pager
        case cpn_type_uan: .uan
        case cpn_type_voicemail: .voicemail
        default: .unknown
        }
    }
}
