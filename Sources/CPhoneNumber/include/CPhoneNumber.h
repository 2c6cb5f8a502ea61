// What CallGate asks of libphonenumber, in plain C.
//
// Every function may be called from any thread at any time; the first call loads the library's tables. No C++ exception
// leaves them, and nothing is logged: the library's messages quote the numbers.

#ifndef CALLGATE_CPHONENUMBER_H
#define CALLGATE_CPHONENUMBER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The library's kinds of line. `cpn_type_unknown` is also the kind of every invalid number.
enum cpn_type {
    cpn_type_unknown = 0,
    cpn_type_fixed_line,
    cpn_type_mobile,
    cpn_type_fixed_line_or_mobile,
    cpn_type_toll_free,
    cpn_type_premium_rate,
    cpn_type_shared_cost,
    cpn_type_voip,
    cpn_type_personal_number,
    cpn_type_pager,
    cpn_type_uan,
    cpn_type_voicemail
};

typedef struct cpn_reading {
    /// Calling code and national number as one number; 0 where they make no possible E.164 number, because they are too
    /// short, too long, or a local form without its area code.
    uint64_t e164;
    /// The national significant number, leading zeros kept, as ASCII digits and a NUL; empty where there is none.
    char national[24];
    /// 0 where the calling code is assigned to nobody.
    int32_t calling_code;
    enum cpn_type type;
    /// Whether the library's plan has a line of this number.
    int32_t valid;
    /// Whether `region` is filled.
    int32_t country_known;
    /// ISO 3166-1 alpha-2 and a NUL. For an invalid number: the only region of the calling code, else the region given
    /// if it has this calling code; else empty.
    char region[4];
} cpn_reading;

/// Reads ASCII digits, with or without a leading plus.
///
/// `region` (ISO 3166-1 alpha-2, upper case, or NULL) says whose international and trunk prefixes a number without plus
/// has. Returns 1 if the text splits into a calling code and a national number, possible or not; 0 if not, with `out`
/// zeroed.
int cpn_read(const char *utf8, size_t length, const char *region, cpn_reading *out);

/// Whether the library knows the region.
int cpn_is_region(const char *region);

/// The calling code of a region; 0 where the library does not know the region.
int32_t cpn_calling_code(const char *region);

/// Whether the calling code belongs to this region and to no other (86 does, 1 and 44 do not).
int cpn_is_only_region(int32_t calling_code, const char *region);

/// Whether national numbers of the region are written with the trunk prefix 0.
int cpn_has_trunk_zero(const char *region);

#ifdef __cplusplus
}
#endif

#endif
