import Calendars
import GateModel
import RuleEngine

/// A part of a rule that can be struck out or moved alone.
struct RuleBranch {
    /// Where it stands in the rule, as a path.
    var name: String
    /// The rule without it; for a limit, the rule with it one step to either side.
    var variants: [Rule]
}

extension Rule {
    /// Every branch of the rule, in its own order. A list of one word has none of its own: without it the rule is another.
    var branches: [RuleBranch] {
        var list = BranchList(rule: self)
        list.head()
        for (index, exception) in unless.enumerated() { list.exception(exception, index) }
        list.body()
        return list.branches
    }
}

private struct BranchList {
    let rule: Rule
    var branches: [RuleBranch] = []

    init(rule: Rule) { self.rule = rule }

    private mutating func add(_ name: String, _ changes: [(inout Rule) -> Void]) {
        branches.append(
            RuleBranch(
                name: name,
                variants: changes.map { change in
                    var variant = rule
                    change(&variant)
                    return variant
                }))
    }

    /// One branch for each of several words.
    private mutating func each<T: Equatable>(_ name: String, _ words: [T], _ change: (inout Rule, [T]) -> Void) {
        guard words.count > 1 else { return }
        for word in words {
            var variant = rule
            change(&variant, words.filter { $0 != word })
            branches.append(RuleBranch(name: "\(name)/\(written(word))", variants: [variant]))
        }
    }

    private func written(_ word: Any) -> String {
        switch word {
        case let word as any RawRepresentable<String>: word.rawValue
        default: "\(word)"
        }
    }

    mutating func head() {
        each("applies/purposes", rule.applies.purposes ?? []) { $0.applies.purposes = $1 }
        each("applies/modes", rule.applies.modes ?? []) { $0.applies.modes = $1 }
        if rule.effectiveFrom > .distantPast { add("effective/from", [{ $0.effectiveFrom = .distantPast }]) }
        if rule.effectiveUntil < .distantFuture { add("effective/until", [{ $0.effectiveUntil = .distantFuture }]) }
        for (purpose, sources) in rule.standsAside.sorted(by: { $0.key < $1.key }) {
            for source in sources.map(\.rawValue).sorted() {
                add(
                    "stands_aside/\(purpose)/\(source)",
                    [{ $0.standsAside[purpose]?.remove(FactSource(rawValue: source)!) }])
            }
        }
    }

    mutating func exception(_ exception: RuleException, _ index: Int) {
        let name = "unless/\(index)"
        add(name, [{ $0.unless.remove(at: index) }])
        guard case .all(let parts) = exception else {
            return part(exception, name) { $0.unless[index] = $1 }
        }
        for (place, condition) in parts.enumerated() {
            func put(_ rule: inout Rule, _ changed: RuleException?) {
                var moved = parts
                if let changed { moved[place] = changed } else { moved.remove(at: place) }
                rule.unless[index] = .all(moved)
            }
            add("\(name)/\(condition.word)", [{ put(&$0, nil) }])
            part(condition, name) { put(&$0, $1) }
        }
    }

    /// The branches inside one exception, or one of several that must hold together.
    private mutating func part(
        _ exception: RuleException, _ name: String, _ put: @escaping (inout Rule, RuleException) -> Void
    ) {
        let name = "\(name)/\(exception.word)"
        switch exception {
        case .call(let applies):
            each(name + "/purposes", applies.purposes ?? []) { rule, words in
                var changed = applies
                changed.purposes = words
                put(&rule, .call(changed))
            }
        case .consent(let check): consent(name, check) { put(&$0, .consent($1)) }
        case .relationship(let test):
            each(name + "/kinds", test.kinds) {
                put(&$0, .relationship(RelationshipTest(kinds: $1, within: test.within)))
            }
            let ages: [RelationshipTest.Age] =
                switch test.within {
                case .months(let count): [.months(count - 1), .months(count + 1)]
                case .days(let count): [.days(count - 1), .days(count + 1)]
                case .ever: []
                }
            guard !ages.isEmpty else { return }
            add(
                name + "/within",
                ages.map { age in { put(&$0, .relationship(RelationshipTest(kinds: test.kinds, within: age))) } })
        case .all: break
        }
    }

    private mutating func consent(
        _ name: String, _ check: ConsentCheck, _ put: @escaping (inout Rule, ConsentCheck) -> Void
    ) {
        func changed(_ change: (inout ConsentCheck) -> Void) -> (inout Rule) -> Void {
            var variant = check
            change(&variant)
            return { [variant] in put(&$0, variant) }
        }
        each(name + "/forms", check.forms ?? []) { rule, words in
            var variant = check
            variant.forms = words
            put(&rule, variant)
        }
        if let forms = check.forms, forms.count == 1 { add(name + "/forms", [changed { $0.forms = nil }]) }
        if check.matchesProduct { add(name + "/product", [changed { $0.matchesProduct = false }]) }
        if !check.takesAllProducts { add(name + "/all_products", [changed { $0.takesAllProducts = true }]) }
        if !check.takesBundled { add(name + "/bundled", [changed { $0.takesBundled = true }]) }
        if !check.takesThirdParty { add(name + "/third_party", [changed { $0.takesThirdParty = true }]) }
        if check.needsAnyHour { add(name + "/any_hour", [changed { $0.needsAnyHour = false }]) }
        if check.afterListing != nil { add(name + "/after_listing", [changed { $0.afterListing = nil }]) }
        if let months = check.greatestAgeMonths {
            let ages = [months - 1, months + 1].map { age in changed { $0.greatestAgeMonths = age } }
            add(name + "/greatest_age", ages)
        }
    }

    // MARK: Parameters

    mutating func body() {
        switch rule.body {
        case .hours(let check): hours(check)
        case .frequency(let check): frequency(check)
        case .suppression(let sources): suppression(sources)
        case .consent(let check): consent("parameters", check) { $0.body = .consent($1) }
        case .attribute(let conditions) where conditions.count > 1:
            for index in conditions.indices {
                var left = conditions
                left.remove(at: index)
                add("parameters/deny_when/\(index)", [{ [left] in $0.body = .attribute(left) }])
            }
        case .data(let check): data(check)
        case .callerID(let check): callerID(check)
        case .destination(let check): destination(check)
        case .abandonment(let check):
            let shares = [-0.001, 0.001].map { step in
                { (rule: inout Rule) in
                    var moved = check
                    moved.above += step
                    rule.body = .abandonment(moved)
                }
            }
            add("parameters/abandoned_above", shares)
            if let age = check.greatestAge {
                add(
                    "parameters/greatest_age",
                    steps(age).map { age in
                        { rule in
                            var moved = check
                            moved.greatestAge = age
                            rule.body = .abandonment(moved)
                        }
                    })
            }
        case .freshness(let list, let age):
            add(
                "parameters/greatest_age",
                steps(age).map { age in { $0.body = .freshness(list: list, greatestAge: age) } })
        case .unavailable(let fields, let declared, let sources):
            each("parameters/require", fields) {
                $0.body = .unavailable(fields: $1, declaredAttributes: declared, sources: sources)
            }
            each("parameters/sources", sources) {
                $0.body = .unavailable(fields: fields, declaredAttributes: declared, sources: $1)
            }
        case .attribute, .covered, .knownProduct, .campaign, .stop, .emergency: break
        }
    }

    private func steps(_ span: Span) -> [Span] {
        [-1000, 1000].map { Span(milliseconds: span.milliseconds + $0) }
    }

    /// For each kind of day whether it is open and whether it is closed, and each time at which a window begins or ends.
    private mutating func hours(_ check: HoursCheck) {
        let windows = check.windows.windows
        func with(_ windows: [WeeklyWindows.Key: [WeeklyWindows.Window]]) -> [(inout Rule) -> Void] {
            guard let changed = try? WeeklyWindows(windows) else { return [] }
            var moved = HoursCheck(windows: changed)
            moved.lifts = check.lifts
            return [{ [moved] in $0.body = .hours(moved) }]
        }
        let wholeDay = [WeeklyWindows.Window(start: 0, end: 86_400)]
        for key in WeeklyWindows.Key.allCases {
            guard let list = windows[key] else { continue }
            let name = "parameters/windows/\(key.rawValue)"
            if !list.isEmpty { add(name + " open", with(windows.merging([key: []]) { $1 })) }
            if list != wholeDay { add(name + " closed", with(windows.merging([key: wholeDay]) { $1 })) }
        }
        let all = windows.values.joined()
        for start in Set(all.map(\.start)).subtracting([0]).sorted() {
            let moved = [-1, 1].flatMap { step in
                with(
                    windows.mapValues {
                        $0.map { $0.start == start ? WeeklyWindows.Window(start: start + step, end: $0.end) : $0 }
                    })
            }
            add("parameters/windows opens \(clock(start))", moved)
        }
        for end in Set(all.map(\.end)).subtracting([86_400]).sorted() {
            let moved = [-1, 1].flatMap { step in
                with(
                    windows.mapValues {
                        $0.map { $0.end == end ? WeeklyWindows.Window(start: $0.start, end: end + step) : $0 }
                    })
            }
            add("parameters/windows closes \(clock(end))", moved)
        }
        for lift in check.lifts {
            var left = check
            left.lifts.removeAll { $0 == lift }
            add("parameters/lifted_by/\(lift.rawValue)", [{ [left] in $0.body = .hours(left) }])
        }
    }

    private func clock(_ second: Int) -> String {
        [second / 3600, second / 60 % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    private mutating func frequency(_ check: FrequencyCheck) {
        func changed(_ change: (inout FrequencyCheck) -> Void) -> (inout Rule) -> Void {
            var variant = check
            change(&variant)
            return { [variant] in $0.body = .frequency(variant) }
        }
        add("parameters/max", (check.max > 1 ? [-1, 1] : [1]).map { step in changed { $0.max += step } })
        switch check.within {
        case .rolling(let span):
            add("parameters/within", steps(span).map { moved in changed { $0.within = .rolling(moved) } })
        case .calendarDays(let days):
            let moved = (days > 1 ? [days - 1, days + 1] : [days + 1])
            add("parameters/within", moved.map { count in changed { $0.within = .calendarDays(count) } })
        case .calendarWeek: add("parameters/within", [changed { $0.within = .calendarDays(7) }])
        case .calendarMonth: add("parameters/within", [changed { $0.within = .calendarDays(31) }])
        case .ever: break
        }
        for subject in check.per where check.per.count > 1 {
            add("parameters/per/\(subject.rawValue)", [changed { $0.per.removeAll { $0 == subject } }])
        }
        for mark in check.same {
            add("parameters/same/\(mark.rawValue)", [changed { $0.same.removeAll { $0 == mark } }])
        }
        for direction in check.directions where check.directions.count > 1 {
            add(
                "parameters/directions/\(direction.rawValue)", [changed { $0.directions.removeAll { $0 == direction } }]
            )
        }
        if check.of != .everything { add("parameters/of", [changed { $0.of = .everything }]) }
        if !check.same.isEmpty { add("parameters/unnamed", [changed { $0.countsUnnamed.toggle() }]) }
        if check.runsFromConversationEnd {
            add("parameters/runs_from", [changed { $0.runsFromConversationEnd = false }])
        }
    }

    private mutating func suppression(_ sources: [SuppressionSource]) {
        for (index, source) in sources.enumerated() {
            let name = "parameters/any_of/\(index)"
            if sources.count > 1 {
                var left = sources
                left.remove(at: index)
                add(name, [{ [left] in $0.body = .suppression(left) }])
            }
            func put(_ moved: SuppressionSource) -> (inout Rule) -> Void {
                var changed = sources
                changed[index] = moved
                return { [changed] in $0.body = .suppression(changed) }
            }
            switch source {
            case .list(let test):
                func changed(_ change: (inout ListTest) -> Void) -> (inout Rule) -> Void {
                    var variant = test
                    change(&variant)
                    return put(.list(variant))
                }
                if test.byProduct { add(name + "/match", [changed { $0.byProduct = false }]) }
                if let days = test.graceDays {
                    add(name + "/grace_days", [days - 1, days + 1].map { days in changed { $0.graceDays = days } })
                }
                if test.answers != nil { add(name + "/answers", [changed { $0.answers = nil }]) }
            case .optOut(let match):
                func changed(_ change: (inout OptOutMatch) -> Void) -> (inout Rule) -> Void {
                    var variant = match
                    change(&variant)
                    return put(.optOut(variant))
                }
                if match.strength != nil { add(name + "/strength", [changed { $0.strength = nil }]) }
                if let rest = match.rest {
                    add(name + "/rest", steps(rest).map { rest in changed { $0.rest = rest } })
                }
                if let days = match.fullDays {
                    add(name + "/full_days", [days - 1, days + 1].map { days in changed { $0.fullDays = days } })
                }
                if match.countsLifted { add(name + "/lifted", [changed { $0.countsLifted = false }]) }
                if match.ofAnyPurpose { add(name + "/purposes", [changed { $0.ofAnyPurpose = false }]) }
            case .complaint(let openOnly): add(name + "/state", [put(.complaint(openOnly: !openOnly))])
            case .attempt(let span, let connectedOnly, let of):
                let moved = steps(span).map {
                    put(SuppressionSource.attempt(within: $0, connectedOnly: connectedOnly, of: of))
                }
                add(name + "/within", moved)
            case .otherLists: break
            }
        }
    }

    private mutating func data(_ check: DataCheck) {
        func strike(_ name: String, _ isGiven: Bool, _ change: (inout DataCheck) -> Void) {
            guard isGiven else { return }
            var variant = check
            change(&variant)
            add("parameters/\(name)", [{ [variant] in $0.body = .data(variant) }])
        }
        strike("forbidden", !check.forbidden.isEmpty) { $0.forbidden = [] }
        strike("permitted", check.permitted != nil) { $0.permitted = nil }
        strike("with_consent", !check.withConsent.isEmpty) { $0.withConsent = [] }
        strike("separate_consent", !check.separateConsent.isEmpty) { $0.separateConsent = [] }
        strike("greatest_age", check.greatestAgeMonths != nil) { $0.greatestAgeMonths = nil }
    }

    private mutating func callerID(_ check: CallerIDCheck) {
        func strike(_ name: String, _ isGiven: Bool, _ change: (inout CallerIDCheck) -> Void) {
            guard isGiven else { return }
            var variant = check
            change(&variant)
            add("parameters/\(name)", [{ [variant] in $0.body = .callerID(variant) }])
        }
        strike("required", check.isRequired) { $0.isRequired = false }
        strike("registered", check.isRegistered) { $0.isRegistered = false }
        for (index, range) in check.denied.enumerated() {
            strike("denied/\(range.prefix)", true) { $0.denied.remove(at: index) }
        }
        for (index, range) in check.permitted.enumerated() where check.permitted.count > 1 {
            strike("permitted/\(range.prefix)", true) { $0.permitted.remove(at: index) }
        }
    }

    private mutating func destination(_ check: DestinationCheck) {
        func strike(_ name: String, _ change: (inout DestinationCheck) -> Void) {
            var variant = check
            change(&variant)
            add("parameters/\(name)", [{ [variant] in $0.body = .destination(variant) }])
        }
        if check.permittedTypes != nil { strike("permitted_types") { $0.permittedTypes = nil } }
        for type in check.deniedTypes { strike("denied_types/\(type)") { $0.deniedTypes.removeAll { $0 == type } } }
        for name in check.deniedCategories {
            strike("denied_categories/\(name)") { $0.deniedCategories.removeAll { $0 == name } }
        }
        for name in check.exceptCategories {
            strike("except_categories/\(name)") { $0.exceptCategories.removeAll { $0 == name } }
        }
    }
}

extension RuleException {
    /// The key under which it stands.
    fileprivate var word: String {
        switch self {
        case .call: "call"
        case .consent: "consent"
        case .relationship: "relationship"
        case .all: "all"
        }
    }
}
