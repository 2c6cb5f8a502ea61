import Calendars
import GateModel
import RuleEngine

// What a change of each kind's parameters comes to. Where a parameter pulls both ways, it cannot be told.
extension ChangeCollector {
    mutating func compare(_ a: DestinationCheck, _ b: DestinationCheck) {
        compare(
            "permitted_types", a.permittedTypes, b.permittedTypes,
            .gaining(a.permittedTypes, b.permittedTypes, means: .looser))
        compare(
            "except_categories", Set(a.exceptCategories), Set(b.exceptCategories),
            .gaining(a.exceptCategories, b.exceptCategories, means: .looser))
        compare("denied_types", a.deniedTypes, b.deniedTypes, .gaining(a.deniedTypes, b.deniedTypes, means: .stricter))
        compare(
            "denied_categories", Set(a.deniedCategories), Set(b.deniedCategories),
            .gaining(a.deniedCategories, b.deniedCategories, means: .stricter))
    }

    mutating func compare(_ a: CallerIDCheck, _ b: CallerIDCheck) {
        compare("required", a.isRequired, b.isRequired, .setting(a.isRequired, b.isRequired, means: .stricter))
        compare(
            "registered", a.isRegistered, b.isRegistered, .setting(a.isRegistered, b.isRegistered, means: .stricter))
        compare(
            "permitted", a.permitted.map(\.told), b.permitted.map(\.told),
            a.permitted.isEmpty
                ? .stricter
                : b.permitted.isEmpty ? .looser : .gaining(a.permitted, b.permitted, means: .looser))
        guard a.denied != b.denied else { return }
        var tendency = Tendency()
        func twin(_ range: CallerIDCheck.Range, in ranges: [CallerIDCheck.Range]) -> CallerIDCheck.Range? {
            ranges.first { $0.prefix == range.prefix && $0.digits == range.digits }
        }
        for range in b.denied {
            guard let old = twin(range, in: a.denied) else {
                tendency.formUnion(.stricter)
                continue
            }
            tendency.formUnion(.setting(old.unlessApproved, range.unlessApproved, means: .looser))
        }
        if a.denied.contains(where: { twin($0, in: b.denied) == nil }) { tendency.formUnion(.looser) }
        // The first range that a number lies in decides, so one that may be lifted can hide one that may not.
        let mayHide = (a.denied + b.denied).contains(where: \.unlessApproved)
        if mayHide && !b.denied.starts(with: a.denied, by: { $0.prefix == $1.prefix && $0.digits == $1.digits }) {
            tendency.formUnion(.unknown)
        }
        compare("denied", a.denied.map(\.told), b.denied.map(\.told), tendency)
    }

    mutating func compare(_ a: [SuppressionSource], _ b: [SuppressionSource]) {
        // Sources of one sort that changed are compared in their order; one more can only deny more.
        let (old, new) = (
            Dictionary(grouping: a.filter { !b.contains($0) }, by: \.told),
            Dictionary(grouping: b.filter { !a.contains($0) }, by: \.told)
        )
        for name in Set(old.keys).union(new.keys).sorted() {
            let (was, now) = (old[name] ?? [], new[name] ?? [])
            for (one, other) in zip(was, now) { compare("any_of.\(name)", one, other) }
            if was.count < now.count { add("any_of.\(name)", nil, "\(now.count - was.count) more", .stricter) }
            if was.count > now.count { add("any_of.\(name)", "\(was.count - now.count) more", nil, .looser) }
        }
    }

    private mutating func compare(_ part: String, _ a: SuppressionSource, _ b: SuppressionSource) {
        switch (a, b) {
        case (.optOut(let a), .optOut(let b)):
            // Without a strength both count.
            compare(
                "\(part).strength", a.strength?.rawValue ?? "any", b.strength?.rawValue ?? "any",
                .gaining(a.strength.map { [$0] }, b.strength.map { [$0] }, means: .stricter))
            compare("\(part).rest", a.rest, b.rest, .growing(a.rest, b.rest, means: .stricter))
            compare(
                "\(part).full_days", a.fullDays, b.fullDays,
                a.fullDays == nil || b.fullDays == nil ? .unknown : .growing(a.fullDays, b.fullDays, means: .stricter))
            compare(
                "\(part).lifted", a.countsLifted, b.countsLifted,
                .setting(a.countsLifted, b.countsLifted, means: .stricter))
            compare(
                "\(part).purposes", a.ofAnyPurpose ? "any" : "own", b.ofAnyPurpose ? "any" : "own",
                .setting(a.ofAnyPurpose, b.ofAnyPurpose, means: .stricter))
        case (.complaint(let openOnly), .complaint(let other)):
            compare(
                "\(part).state", openOnly ? "open" : "any", other ? "open" : "any",
                .setting(openOnly, other, means: .looser))
        case (.list(let a), .list(let b)):
            compare(
                "\(part).match", a.byProduct ? "category_is_product" : "number",
                b.byProduct ? "category_is_product" : "number",
                .setting(a.byProduct, b.byProduct, means: .looser))
            compare(
                "\(part).grace_days", a.graceDays, b.graceDays,
                .growing(a.graceDays ?? 0, b.graceDays ?? 0, means: .looser))
            compare("\(part).answers", a.answers, b.answers, .gaining(a.answers, b.answers, means: .stricter))
        case (.attempt(let within, let connected, let of), .attempt(let withinB, let connectedB, let ofB)):
            compare("\(part).within", within, withinB, .growing(within, withinB, means: .stricter))
            compare("\(part).connected", connected, connectedB, .setting(connected, connectedB, means: .looser))
            compare("\(part).of", of, ofB, widening: .stricter)
        default: break
        }
    }

    mutating func compare(_ a: ConsentCheck, _ b: ConsentCheck) {
        compare("forms", a.forms, b.forms, .gaining(a.forms, b.forms, means: .looser))
        // A consent that must be for the product is then void only by a withdrawal that is for it too.
        compare("product", a.matchesProduct ? "matches" : "any", b.matchesProduct ? "matches" : "any", .unknown)
        compare(
            "all_products", a.takesAllProducts, b.takesAllProducts,
            .setting(a.takesAllProducts, b.takesAllProducts, means: .looser))
        compare("all_modes", a.allModes, b.allModes, .gaining(a.allModes, b.allModes, means: .looser))
        compare("bundled", a.takesBundled, b.takesBundled, .setting(a.takesBundled, b.takesBundled, means: .looser))
        compare(
            "third_party", a.takesThirdParty, b.takesThirdParty,
            .setting(a.takesThirdParty, b.takesThirdParty, means: .looser))
        compareAge(a.greatestAgeMonths, b.greatestAgeMonths)
        compare("any_hour", a.needsAnyHour, b.needsAnyHour, .setting(a.needsAnyHour, b.needsAnyHour, means: .stricter))
        compare(
            "after_listing", a.afterListing, b.afterListing,
            a.afterListing == nil ? .stricter : b.afterListing == nil ? .looser : .unknown)
    }

    private mutating func compareAge(_ a: Int?, _ b: Int?) {
        compare("greatest_age", a.map { "\($0) months" }, b.map { "\($0) months" }, .growing(a, b, means: .looser))
    }

    mutating func compare(_ a: DataCheck, _ b: DataCheck) {
        let named = [a, b].flatMap { check in
            [check.forbidden, check.permitted ?? [], check.withConsent, check.separateConsent].flatMap { $0 }
        }
        // The empty text stands for a field that neither names.
        for field in Set(named).union([""]).sorted() {
            let (old, new) = (a.demand(field), b.demand(field))
            compare(
                "field \(field.isEmpty ? "not named" : field)", old.told, new.told,
                .growing(old.rawValue, new.rawValue, means: .stricter))
        }
        compareAge(a.greatestAgeMonths, b.greatestAgeMonths)
    }

    mutating func compare(_ a: HoursCheck, _ b: HoursCheck) {
        compare(
            "lifted_by", a.lifts.map(\.rawValue), b.lifts.map(\.rawValue),
            .gaining(a.lifts, b.lifts, means: .looser))
        guard a.windows != b.windows else { return }
        var tendency = Tendency()
        // Three weeks: an ordinary one, one of holidays and one of adjusted working days.
        for offset in 0..<21 {
            let date = firstMonday.adding(days: Int(offset))
            let (old, new) = (
                a.windows.windows(on: date, calendar: threeWeeks) ?? [],
                b.windows.windows(on: date, calendar: threeWeeks) ?? []
            )
            tendency.formUnion(.opening(old, new))
        }
        // Where the calendar does not reach, a rule that needs it denies.
        tendency.formUnion(.setting(a.windows.needsCalendar, b.windows.needsCalendar, means: .stricter))
        add("windows", a.windows.told, b.windows.told, tendency)
    }

    mutating func compare(_ a: FrequencyCheck, _ b: FrequencyCheck) {
        compare(
            "count", a.count.rawValue, b.count.rawValue,
            .growing(a.count.narrowness, b.count.narrowness, means: .looser))
        compare(
            "directions", a.directions.map(\.rawValue), b.directions.map(\.rawValue),
            .gaining(a.directions, b.directions, means: .stricter))
        compare(
            "unnamed", a.countsUnnamed ? "counted" : "left_out", b.countsUnnamed ? "counted" : "left_out",
            .setting(a.countsUnnamed, b.countsUnnamed, means: .stricter))
        compare("max", a.max, b.max, .growing(a.max, b.max, means: .looser))
        compare("within", a.within.told, b.within.told, a.within.lengthening(to: b.within))
        compare("per", a.per.map(\.rawValue), b.per.map(\.rawValue), .gaining(a.per, b.per, means: .stricter))
        compare("same", a.same.map(\.rawValue), b.same.map(\.rawValue), .gaining(a.same, b.same, means: .looser))
        compare("of", a.of, b.of, widening: .stricter)
        compare(
            "runs_from", a.runsFromConversationEnd ? "conversation_end" : "attempt",
            b.runsFromConversationEnd ? "conversation_end" : "attempt",
            .setting(a.runsFromConversationEnd, b.runsFromConversationEnd, means: .stricter))
    }

    mutating func compare(_ a: [Condition], _ b: [Condition]) {
        var old = a.map(\.plain)
        var new = b.map(\.plain)
        for condition in old where new.contains(condition) {
            old.removeAll { $0 == condition }
            new.removeAll { $0 == condition }
        }
        // One that took the place of one other is that one, changed.
        if let was = old.first, let now = new.first, old.count == 1, new.count == 1 {
            // The declarations say how values are ordered.
            let (declaredA, declaredB) = (a.first { $0.plain == was } ?? was, b.first { $0.plain == now } ?? now)
            add("deny_when", told(was), told(now), declaredA.widening(to: declaredB, means: .stricter))
            return
        }
        for condition in new { add("deny_when", nil, told(condition), .stricter) }
        for condition in old { add("deny_when", told(condition), nil, .looser) }
    }
}

extension DataCheck {
    /// What a field asks for, from nothing to what cannot be had.
    enum Demand: Int {
        case none, consent, separateConsent, denied
        var told: String { "\(self)" }
    }

    fileprivate func demand(_ field: String) -> Demand {
        if forbidden.contains(field) { return .denied }
        guard let permitted, !permitted.contains(field) else { return .none }
        return separateConsent.contains(field) ? .separateConsent : withConsent.contains(field) ? .consent : .denied
    }
}

extension CallerIDCheck.Range {
    fileprivate var told: String {
        "\(prefix)\(digits.map { " of \($0) digits" } ?? "")\(unlessApproved ? " unless approved" : "")"
    }
}

extension FrequencyCheck.Count {
    /// Of the calls made, some connect, and in some of these somebody speaks.
    fileprivate var narrowness: Int { FrequencyCheck.Count.allCases.firstIndex(of: self) ?? 0 }
}

extension FrequencyCheck.Within {
    /// A longer span counts more attempts. Spans of different sorts are compared where one surely holds the other.
    fileprivate func lengthening(to other: FrequencyCheck.Within) -> Tendency {
        if self == other { return [] }
        // What counts by the calendar also denies where the place is not known.
        if isWithin(other) { return needsPlace && !other.needsPlace ? .unknown : .stricter }
        return other.isWithin(self) ? .looser : .unknown
    }

    private var needsPlace: Bool {
        switch self {
        case .calendarDays, .calendarWeek, .calendarMonth: true
        case .rolling, .ever: false
        }
    }

    private func isWithin(_ other: FrequencyCheck.Within) -> Bool {
        switch (self, other) {
        case (_, .ever): true
        case (.rolling(let a), .rolling(let b)): a <= b
        case (.calendarDays(let a), .calendarDays(let b)): a <= b
        case (.calendarDays(1), .calendarWeek), (.calendarDays(1), .calendarMonth): true
        case (.calendarWeek, .calendarDays(let days)): days >= 7
        case (.calendarMonth, .calendarDays(let days)): days >= 31
        // A day may have 25 hours.
        case (.calendarDays(let days), .rolling(let span)): span >= .hours(Int64(days) * 24 + 1)
        case (.rolling(let span), .calendarDays(let days)): span <= .hours(Int64(days - 1) * 24 - 1)
        default: false
        }
    }
}
