#include "CPhoneNumber.h"

#include <cstring>
#include <list>
#include <string>

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::NullLogger;
using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

const char *const kUnknownRegion = "ZZ";

// E.164 allows 15 digits, calling code included.
const size_t kMostDigits = 15;

// The instance is const after the logger is set, and the library locks its own expression cache.
const PhoneNumberUtil &library() {
    static const PhoneNumberUtil *const instance = [] {
        PhoneNumberUtil *created = PhoneNumberUtil::GetInstance();
        created->SetLogger(new NullLogger());
        return created;
    }();
    return *instance;
}

cpn_type converted(PhoneNumberUtil::PhoneNumberType type) {
    switch (type) {
    case PhoneNumberUtil::FIXED_LINE: return cpn_type_fixed_line;
    case PhoneNumberUtil::MOBILE: return cpn_type_mobile;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE: return cpn_type_fixed_line_or_mobile;
    case PhoneNumberUtil::TOLL_FREE: return cpn_type_toll_free;
    case PhoneNumberUtil::PREMIUM_RATE: return cpn_type_premium_rate;
    case PhoneNumberUtil::SHARED_COST: return cpn_type_shared_cost;
    case PhoneNumberUtil::VOIP: return cpn_type_voip;
    case PhoneNumberUtil::PERSONAL_NUMBER: return cpn_type_personal_number;
    case PhoneNumberUtil::PAGER: return cpn_type_pager;
    case PhoneNumberUtil::UAN: return cpn_type_uan;
    case PhoneNumberUtil::VOICEMAIL: return cpn_type_voicemail;
    default: return cpn_type_unknown;
    }
}

std::list<std::string> regionsOf(int callingCode) {
    std::list<std::string> regions;
    library().GetRegionCodesForCountryCallingCode(callingCode, &regions);
    return regions;
}

// Empty where neither the number nor the region given says it. "001" is the library's word for numbers of no country.
std::string regionOf(const PhoneNumber &number, const char *given) {
    std::string region;
    library().GetRegionCodeForNumber(number, &region);
    if (region.size() == 2 && region != kUnknownRegion) return region;
    const std::list<std::string> candidates = regionsOf(number.country_code());
    if (candidates.size() == 1 && candidates.front().size() == 2) return candidates.front();
    for (const std::string &candidate : candidates) {
        if (given != nullptr && candidate == given) return candidate;
    }
    return std::string();
}

bool read(const std::string &text, const char *given, cpn_reading *out) {
    PhoneNumber number;
    const std::string region = given != nullptr ? given : kUnknownRegion;
    if (library().Parse(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return false;

    std::string national;
    library().GetNationalSignificantNumber(number, &national);
    if (national.empty() || national.size() >= sizeof out->national) return false;
    std::memcpy(out->national, national.c_str(), national.size() + 1);
    out->calling_code = number.country_code();

    const std::string whole = std::to_string(number.country_code()) + national;
    if (whole.size() <= kMostDigits && library().IsPossibleNumberWithReason(number) == PhoneNumberUtil::IS_POSSIBLE) {
        out->e164 = std::stoull(whole);
    }
    // The library calls a number valid exactly if it has a type; asking for both would match every expression twice.
    const PhoneNumberUtil::PhoneNumberType type = library().GetNumberType(number);
    out->valid = type != PhoneNumberUtil::UNKNOWN ? 1 : 0;
    out->type = converted(type);

    const std::string home = regionOf(number, given);
    if (home.size() == 2) {
        std::memcpy(out->region, home.c_str(), 3);
        out->country_known = 1;
    }
    return true;
}

}  // namespace

extern "C" int cpn_read(const char *utf8, size_t length, const char *region, cpn_reading *out) {
    std::memset(out, 0, sizeof *out);
    try {
        if (read(std::string(utf8, length), region, out)) return 1;
    } catch (...) {
    }
    std::memset(out, 0, sizeof *out);
    return 0;
}

extern "C" int32_t cpn_calling_code(const char *region) {
    try {
        return library().GetCountryCodeForRegion(region);
    } catch (...) {
        return 0;
    }
}

extern "C" int cpn_is_region(const char *region) { return cpn_calling_code(region) != 0 ? 1 : 0; }

extern "C" int cpn_is_only_region(int32_t calling_code, const char *region) {
    try {
        const std::list<std::string> regions = regionsOf(calling_code);
        return regions.size() == 1 && regions.front() == region ? 1 : 0;
    } catch (...) {
        return 0;
    }
}

extern "C" int cpn_has_trunk_zero(const char *region) {
    try {
        std::string prefix;
        library().GetNddPrefixForRegion(region, true, &prefix);
        return prefix == "0" ? 1 : 0;
    } catch (...) {
        return 0;
    }
}
