import Calendars
import Documents
import GateModel
import RuleEngine

// The parameters of each rule kind; `docs/policy-format.md` lists them.
extension PackContext {
    func destination(_ p: inout ObjectReader) -> RuleBody {
        if p.boolean("covered") == true { return .covered }
        var check = DestinationCheck()
        check.permittedTypes = numberTypes(&p, "permitted_types")
        check.exceptCategories = p.strings("except_categories") ?? []
        check.deniedTypes = numberTypes(&p, "denied_types") ?? []
        check.deniedCategories = p.strings("denied_categories") ?? []
        if check.permittedTypes == nil && check.deniedTypes.isEmpty && check.deniedCategories.isEmpty {
            p.fault("denies nothing; give permitted_types, denied_types or denied_categories")
        }
        return .destination(check)
    }

    func callerID(_ p: inout ObjectReader) -> RuleBody {
        var check = CallerIDCheck()
        check.isRequired = p.boolean("required") ?? false
        check.isRegistered = p.boolean("registered") ?? false
        check.denied = ranges(&p, "denied")
        check.permitted = ranges(&p, "permitted")
        if !check.isRequired && !check.isRegistered && check.denied.isEmpty && check.permitted.isEmpty {
            p.fault("denies nothing; give required, registered, permitted or denied")
        }
        return .callerID(check)
    }

    private func ranges(_ p: inout ObjectReader, _ name: String) -> [CallerIDCheck.Range] {
        (p.objects(name) ?? []).map { range in
            var range = range
            let prefix = range.requireString("prefix")
            let digits = range.integer("digits", in: 1...15)
            let unless = name == "denied" ? range.choice("unless", ["outbound_approved"]) : nil
            range.close()
            return .init(prefix: prefix, digits: digits, unlessApproved: unless != nil)
        }
    }

    func suppression(_ p: inout ObjectReader) -> RuleBody {
        let sources = (p.objects("any_of") ?? []).compactMap { object -> SuppressionSource? in
            var object = object
            defer { object.close() }
            return source(&object)
        }
        if sources.isEmpty { p.fault("names no source; give any_of") }
        return .suppression(sources)
    }

    private func source(_ object: inout ObjectReader) -> SuppressionSource? {
        if var optOut = object.object("opt_out") {
            var match = OptOutMatch()
            match.strength = optOut.choice("strength", ["explicit", "soft", "any"]).flatMap(
                RefusalStrength.init(rawValue:))
            match.fullDays = optOut.integer("full_days", in: 1...3660)
            // How long a soft one rests and how old one may be come to the same: it counts for so long.
            match.rest = optOut.span("rest")
            if let within = optOut.span("within") {
                if match.rest != nil { optOut.fault(at: "within", "stands beside `rest`; give one of them") }
                match.rest = within
            }
            if match.rest != nil && match.fullDays != nil {
                optOut.fault(at: "full_days", "stands beside a length of time; give one of them")
            }
            match.countsLifted = optOut.choice("lifted", ["ignored", "counts"]) == "counts"
            match.ofAnyPurpose = optOut.choice("purposes", ["own", "any"]) == "any"
            optOut.close()
            return .optOut(match)
        }
        if var complaint = object.object("complaint") {
            let state = complaint.choice("state", ["open", "any"])
            complaint.close()
            return .complaint(openOnly: state != "any")
        }
        if let list = object.string("list") {
            var test = ListTest(list)
            test.byProduct = object.choice("match", ["category_is_product"]) != nil
            test.graceDays = object.integer("grace_days", in: 1...366)
            test.answers = check(&object, "answers", against: ["yes", "no_data"], word: "answer")
            return .list(test)
        }
        if object.boolean("other_lists") == true { return .otherLists }
        if var attempt = object.object("attempt") {
            let within = attempt.span("within")
            if within == nil { attempt.fault(at: "within", "is required; give a length of time such as 365d") }
            let connected = attempt.boolean("connected") ?? false
            let kind = applicability(&attempt, "of")
            attempt.close()
            return .attempt(within: within ?? .days(0), connectedOnly: connected, of: kind)
        }
        object.fault("names no source; give opt_out, complaint, list, other_lists or attempt")
        return nil
    }

    func consent(_ p: inout ObjectReader) -> RuleBody {
        p.boolean("known_product") == true ? .knownProduct : .consent(consentCheck(&p))
    }

    private func consentCheck(_ p: inout ObjectReader) -> ConsentCheck {
        var check = ConsentCheck()
        check.forms = p.strings("forms")
        for form in check.forms ?? [] where !FactsReader.consentForms.contains(form) {
            p.fault(
                at: "forms", "`\(form)` is no form; the forms are \(FactsReader.consentForms.joined(separator: ", "))")
        }
        check.matchesProduct = p.choice("product", ["matches", "any"]) == "matches"
        check.takesAllProducts = p.boolean("all_products") ?? true
        check.allModes = p.modes("all_modes") ?? CallMode.allCases
        check.takesBundled = p.boolean("bundled") ?? false
        check.takesThirdParty = p.boolean("third_party") ?? false
        check.greatestAgeMonths = p.months("greatest_age")
        check.needsAnyHour = p.boolean("any_hour") ?? false
        check.afterListing = p.string("after_listing")
        return check
    }

    /// What a rule makes way for.
    func exceptions(_ reader: inout ObjectReader) -> [RuleException] {
        (reader.objects("unless") ?? []).compactMap { object in
            var object = object
            defer { object.close() }
            var parts: [RuleException] = []
            if var call = object.object("call") { parts.append(.call(applicability(&call))) }
            if var consent = object.object("consent") {
                defer { consent.close() }
                parts.append(.consent(consentCheck(&consent)))
            }
            if var test = object.object("relationship") {
                defer { test.close() }
                parts.append(.relationship(relationship(&test)))
            }
            if parts.isEmpty { object.fault("makes way for nothing; give call, consent or relationship") }
            return parts.count > 1 ? .all(parts) : parts.first
        }
    }

    private func relationship(_ p: inout ObjectReader) -> RelationshipTest {
        let kinds = check(&p, "kinds", against: FactsReader.relationshipKinds, word: "kind of relationship") ?? []
        if kinds.isEmpty { p.fault(at: "kinds", "is required; name transaction, inquiry, application or contract") }
        let text = p.string("within") ?? ""
        let age: RelationshipTest.Age? =
            if text == "ever" {
                .ever
            } else if text.hasSuffix("mo"), let months = Int(text.dropLast(2)), (1...1200).contains(months) {
                .months(months)
            } else if text.hasSuffix("d"), let days = Int(text.dropLast()), (1...3660).contains(days) {
                .days(days)
            } else {
                nil
            }
        if age == nil { p.fault(at: "within", "is required; write 18mo, 30d or ever") }
        return RelationshipTest(kinds: kinds, within: age ?? .days(1))
    }

    func data(_ p: inout ObjectReader) -> RuleBody {
        var check = DataCheck()
        check.forbidden = dataFields(&p, "forbidden") ?? []
        check.permitted = dataFields(&p, "permitted")
        check.withConsent = dataFields(&p, "with_consent") ?? []
        check.separateConsent = dataFields(&p, "separate_consent") ?? []
        check.greatestAgeMonths = p.months("greatest_age")
        if check.forbidden.isEmpty && check.permitted == nil { p.fault("judges nothing; give forbidden or permitted") }
        return .data(check)
    }

    func hours(_ p: inout ObjectReader) -> RuleBody? {
        guard var object = p.object("windows") else {
            p.fault(at: "windows", "is required; give the windows of each kind of day")
            return nil
        }
        var windows: [WeeklyWindows.Key: [WeeklyWindows.Window]] = [:]
        for key in WeeklyWindows.Key.allCases {
            guard let texts = object.strings(key.rawValue) else { continue }
            windows[key] = texts.compactMap { text in
                if let window = WeeklyWindows.Window(text) { return window }
                object.fault(at: key.rawValue, "`\(text)` is no window; write 09:00-12:00, at most up to 24:00")
                return nil
            }
        }
        object.close()
        let lifts = p.strings("lifted_by") ?? []
        for lift in lifts where HoursCheck.Lift(rawValue: lift) == nil {
            let known = HoursCheck.Lift.allCases.map(\.rawValue).joined(separator: ", ")
            p.fault(at: "lifted_by", "`\(lift)` lifts nothing; known are \(known)")
        }
        do {
            var check = HoursCheck(windows: try WeeklyWindows(windows))
            check.lifts = lifts.compactMap(HoursCheck.Lift.init(rawValue:))
            return .hours(check)
        } catch {
            object.fault("\(error)")
            return nil
        }
    }

    func frequency(_ p: inout ObjectReader) -> RuleBody? {
        let count = p.choice("count", FrequencyCheck.Count.self)
        let max = p.integer("max", in: 1...100_000)
        let within = within(&p)
        let per = check(&p, "per", against: FrequencyCheck.Subject.allCases.map(\.rawValue), word: "subject")
        let same = check(&p, "same", against: FrequencyCheck.Same.allCases.map(\.rawValue), word: "mark")
        let of = applicability(&p, "of")
        let runsFrom = p.choice("runs_from", ["attempt", "conversation_end"])
        let directions = check(
            &p, "directions", against: CallDirection.allCases.map(\.rawValue), word: "direction")
        let unnamed = p.choice("unnamed", ["left_out", "counted"])
        for (name, isGiven) in [("count", count != nil), ("max", max != nil), ("within", within != nil)]
        where !isGiven && !p.has(name) {
            p.fault(at: name, "is required; write count: attempts, max: 3, within: {rolling: 24h}")
        }
        guard let count, let max, let within else { return nil }
        var cap = FrequencyCheck(
            count: count, max: max, within: within,
            per: (per ?? ["number"]).compactMap(FrequencyCheck.Subject.init(rawValue:)))
        if cap.per.isEmpty { p.fault(at: "per", "counts for nobody; give number, customer or both") }
        cap.same = (same ?? []).compactMap(FrequencyCheck.Same.init(rawValue:))
        cap.of = of
        cap.runsFromConversationEnd = runsFrom == "conversation_end"
        cap.countsUnnamed = unnamed == "counted"
        if let directions { cap.directions = directions.compactMap(CallDirection.init(rawValue:)) }
        if cap.directions.isEmpty { p.fault(at: "directions", "counts nothing; give outbound, inbound or both") }
        return .frequency(cap)
    }

    private func within(_ p: inout ObjectReader) -> FrequencyCheck.Within? {
        guard let node = p.node("within") else { return nil }
        if node.string == "ever" { return .ever }
        guard var object = p.object("within") else { return nil }
        defer { object.close() }
        if let span = object.span("rolling") { return .rolling(span) }
        if let days = object.integer("calendar_days", in: 1...400) { return .calendarDays(days) }
        switch object.choice("calendar", ["day", "week", "month"]) {
        case "day": return .calendarDays(1)
        case "week": return .calendarWeek
        case "month": return .calendarMonth
        default:
            object.fault("give {rolling: 24h}, {calendar: day|week|month}, {calendar_days: 30} or ever")
            return nil
        }
    }

    func attribute(_ p: inout ObjectReader) -> RuleBody {
        let conditions = (p.objects("deny_when") ?? []).map { object in
            var object = object
            return condition(&object)
        }
        if conditions.isEmpty { p.fault("denies nothing; give deny_when") }
        return .attribute(conditions)
    }

    func campaign(_ p: inout ObjectReader) -> RuleBody {
        guard let share = p.double("abandoned_above") else { return .campaign }
        if !(0..<1).contains(share) { p.fault(at: "abandoned_above", "must be a share from 0 to 1, such as 0.03") }
        var check = AbandonmentCheck(above: share)
        check.greatestAge = p.span("greatest_age")
        return .abandonment(check)
    }

    func stop(_ p: inout ObjectReader) -> RuleBody {
        p.choice("emergency", ["declared"]) == nil ? .stop : .emergency
    }

    func freshness(_ p: inout ObjectReader) -> RuleBody {
        let list = p.requireString("list")
        let age = p.span("greatest_age")
        if age == nil { p.fault(at: "greatest_age", "is required; give a length of time such as 31d") }
        return .freshness(list: list, greatestAge: age ?? .days(0))
    }

    func unavailable(_ p: inout ObjectReader) -> RuleBody {
        let fields = check(&p, "require", against: CallField.allCases.map(\.rawValue), word: "field of the call")
        let declared = p.choice("attributes", ["declared"]) != nil
        let sources = check(&p, "sources", against: FactSource.allCases.map(\.rawValue), word: "source of facts")
        if fields == nil && sources == nil && !declared {
            p.fault("requires nothing; give require, sources or attributes: declared")
        }
        return .unavailable(
            fields: (fields ?? []).compactMap(CallField.init(rawValue:)), declaredAttributes: declared,
            sources: (sources ?? []).compactMap(FactSource.init(rawValue:)))
    }
}

extension WeeklyWindows.Window {
    /// Reads `09:00-12:00`; the end may be `24:00`.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = WeeklyWindows.Window.seconds(parts[0]),
            let end = WeeklyWindows.Window.seconds(parts[1]),
            start < end
        else { return nil }
        self.init(start: start, end: end)
    }

    private static func seconds(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 2, parts[1].count == 2, let hour = Int(parts[0]),
            let minute = Int(parts[1]),
            (0...24).contains(hour), (0...59).contains(minute), hour * 60 + minute <= 24 * 60
        else { return nil }
        return (hour * 60 + minute) * 60
    }
}
