import Calendars
import GateModel
import RuleEngine

// Suppressions, consents, data, hours and caps of the reference evaluator.
extension ReferenceView {
    func suppression(_ sources: [SuppressionSource], at t: Instant) -> Outcome {
        let outcomes = sources.map { outcome(of: $0, at: t) }
        // A match is surer than a list that is not fresh, and that than a source that is down.
        for outcome in outcomes { if case .fails(.suppression, _) = outcome { return outcome } }
        for outcome in outcomes { if case .fails = outcome { return outcome } }
        for outcome in outcomes { if case .lacks = outcome { return outcome } }
        return .passes
    }

    private func outcome(of source: SuppressionSource, at t: Instant) -> Outcome {
        switch source {
        case .optOut(let match):
            if isDown(.refusals) { return .lacks(.refusals) }
            let isRefused = facts.optOuts.contains { refusal in
                match.strength ?? refusal.strength == refusal.strength
                    && (match.ofAnyPurpose || refusal.purposes.names(call.purpose))
                    && (match.countsLifted || refusal.liftedAt ?? .distantFuture > t)
                    && (match.rest.map { t - refusal.at < $0 } ?? true)
                    && (match.fullDays.map { isWithin($0, of: refusal.at, t) } ?? true)
            }
            return isRefused ? .fails(.suppression, "refusal") : .passes
        case .complaint(let openOnly):
            if isDown(.refusals) { return .lacks(.refusals) }
            let isOpen = facts.complaints.contains { !openOnly || $0.closedAt ?? .distantFuture > t }
            return isOpen ? .fails(.suppression, nil) : .passes
        case .list(let test):
            let (name, byProduct) = (test.name, test.byProduct)
            let own = policy.core.ownLists[name]
            if isDown(own ?? .lists) { return .lacks(own ?? .lists) }
            func isAbout(_ category: String?) -> Bool {
                !byProduct || [nil, call.product].contains(category) || call.product == nil
            }
            let isOnRecord = facts.listRecords.contains {
                $0.list == name && isAbout($0.category) && $0.liftedAt ?? .distantFuture > t
            }
            if isOnRecord { return .fails(.suppression, name) }
            guard var fact = facts.lists[name] else { return facts.assumesQuiet ? .passes : .fails(.freshness, nil) }
            guard isFor(fact) else { return .passes }
            if fact.state != .inForce { return .fails(.freshness, nil) }
            if let answers = test.answers, let answer = fact.answer, !answers.contains(answer) { return .passes }
            if let grace = test.graceDays, let since = fact.since {
                fact.since = nil
                let isGraced = zones.isEmpty ? t < since : zones.allSatisfy { days(from: since, to: t, in: $0) < grace }
                if isGraced { return .passes }
            }
            return names(fact, at: t) && isAbout(fact.category) ? .fails(.suppression, nil) : .passes
        case .otherLists:
            if isDown(.lists) { return .lacks(.lists) }
            let others = facts.lists.filter {
                !policy.namedLists.contains($0.key) && !$0.value.isExempt && isFor($0.value)
            }
            if others.values.contains(where: { $0.state == .inForce && names($0, at: t) }) {
                return .fails(.suppression, nil)
            }
            return others.values.contains { $0.state != .inForce } ? .fails(.freshness, nil) : .passes
        case .attempt(let within, let connectedOnly, let kind):
            if isDown(.attempts) { return .lacks(.attempts) }
            let isRecent = facts.attempts.contains {
                $0.direction == .outbound && ($0.sameNumber || $0.sameCustomer) && isOf(kind, $0)
                    && (!connectedOnly || $0.isConnection) && t - $0.at < within
            }
            return isRecent ? .fails(.suppression, nil) : .passes
        }
    }

    private func days(from a: Instant, to b: Instant, in zone: Zone) -> Int {
        Int(zone.date(at: b).daysSinceEpoch) - Int(zone.date(at: a).daysSinceEpoch)
    }

    /// Whether so many whole days after that one are not over in every zone.
    private func isWithin(_ fullDays: Int, of start: Instant, _ t: Instant) -> Bool {
        zones.isEmpty
            ? t < start + .days(Int64(fullDays) + 2)
            : zones.contains { days(from: start, to: t, in: $0) <= fullDays }
    }

    func excepts(_ exception: RuleException, at t: Instant) -> Bool {
        switch exception {
        case .call(let kind): return truth(of: kind, at: t) == true
        case .all(let parts): return parts.allSatisfy { excepts($0, at: t) }
        case .consent(let check):
            if isDown(.consents) || check.greatestAgeMonths != nil && zones.isEmpty { return false }
            return facts.consents.contains { fault(of: $0, check, at: t) == nil }
        case .relationship(let test):
            if zones.isEmpty && test.within != .ever { return false }
            return facts.relationships.contains { relationship in
                let isOurs = [nil, call.customer].contains(relationship.customer) || call.customer == nil
                let isEnded = facts.optOuts.contains {
                    $0.strength == .explicit && $0.purposes.names(call.purpose) && $0.at >= relationship.lastAt
                }
                let isYoung = zones.allSatisfy { zone in
                    let (day, today) = (zone.date(at: relationship.lastAt), zone.date(at: t))
                    return switch test.within {
                    case .months(let months): today <= day.adding(months: months)
                    case .days(let days): today <= day.adding(days: days)
                    case .ever: true
                    }
                }
                return isOurs && !isEnded && isYoung && relationship.legalEntity == call.legalEntity
                    && test.kinds.contains(relationship.kind) && relationship.lastAt <= t
            }
        }
    }

    private func isFor(_ fact: ListFact) -> Bool {
        fact.purposes.names(call.purpose)
            && (fact.products.isEmpty || call.product == nil || fact.products.contains(call.product ?? ""))
    }

    private func names(_ fact: ListFact, at t: Instant) -> Bool {
        fact.isListed && fact.since ?? t <= t && fact.until ?? .distantFuture > t
    }

    func isExempt(at t: Instant) -> Bool {
        !isDown(.lists)
            && facts.lists.values.contains { fact in
                fact.isExempt && fact.state == .inForce && names(fact, at: t) && fact.purposes.names(call.purpose)
                    && (fact.products.isEmpty || fact.products.contains(call.product ?? ""))
                    && (fact.until != nil || fact.staleAt != nil) && fact.staleAt ?? .distantFuture > t
            }
    }

    /// Nil where the consent carries the call.
    func fault(of consent: Consent, _ check: ConsentCheck, at t: Instant) -> ConsentFault? {
        let isOthers = consent.customer != nil && call.customer != nil && consent.customer != call.customer
        if isOthers || consent.channel != "voice" || consent.legalEntity != call.legalEntity {
            return ConsentFault.none
        }
        if !consent.purposes.names(call.purpose) { return ConsentFault.none }
        switch consent.modes {
        case .named(let modes): if !modes.contains(call.mode.rawValue) { return .scope }
        case .all: if !check.allModes.contains(call.mode) { return .scope }
        case .every: break
        }
        if ![.all, .every].contains(consent.products), !consent.products.words.contains(call.product ?? "") {
            return .scope
        }
        if check.matchesProduct && consent.products == .all && call.product != nil && !check.takesAllProducts {
            return .scope
        }
        if let forms = check.forms, !forms.contains(consent.form) { return .form }
        if check.needsAnyHour && !consent.anyHour { return .scope }
        if consent.thirdParty && !check.takesThirdParty { return .thirdParty }
        if consent.bundled && !check.takesBundled { return .bundled }
        if consent.withdrawnAt != nil { return .withdrawn }
        if consent.modes == .every && ![.live, .predictive].contains(call.mode) { return .mode }
        if let months = check.greatestAgeMonths,
            zones.contains(where: { consent.obtainedAt.adding(months: months, in: $0) < t })
        {
            return .age
        }
        if let expiresAt = consent.expiresAt, expiresAt <= t { return .expired }
        let isRefused = facts.optOuts.contains {
            $0.strength == .explicit && $0.purposes.names(call.purpose) && $0.at >= consent.obtainedAt
        }
        if isRefused { return .refused }
        if let list = check.afterListing, let fact = facts.lists[list], fact.isListed,
            fact.since ?? .distantFuture >= consent.obtainedAt
        {
            return .refused
        }
        let isWithdrawn = facts.consents.contains { other in
            guard let at = other.withdrawnAt, at >= consent.obtainedAt, other.channel == "voice" else { return false }
            return other.purposes.names(call.purpose) && other.modes.names(call.mode.rawValue)
                && (!check.matchesProduct || other.products.names(call.product ?? ""))
        }
        if isWithdrawn { return .withdrawn }
        return consent.obtainedAt <= t ? nil : ConsentFault.none
    }

    func data(_ check: DataCheck, at t: Instant) -> Outcome {
        var lacking: FactSource?
        var isWrong = false
        var consentCheck = ConsentCheck()
        consentCheck.greatestAgeMonths = check.greatestAgeMonths
        for field in call.dataFields {
            if check.forbidden.contains(field) { isWrong = true }
            guard let permitted = check.permitted, !permitted.contains(field) else { continue }
            let isSeparate = check.separateConsent.contains(field)
            if !isSeparate && !check.withConsent.contains(field) {
                isWrong = true
            } else if isDown(.consents) {
                lacking = .consents
            } else if check.greatestAgeMonths != nil && zones.isEmpty && !facts.consents.isEmpty {
                lacking = .place
            } else {
                let carriers = facts.consents.filter { fault(of: $0, consentCheck, at: t) == nil }
                if !carriers.contains(where: { !isSeparate || $0.dataFields.contains(field) }) { isWrong = true }
            }
        }
        return isWrong ? .fails(.data, nil) : lacking.map { .lacks($0) } ?? .passes
    }

    func hours(_ check: HoursCheck, at t: Instant) -> Outcome {
        let ringGuard = policy.core.ringGuard
        var states: [Bool?] = []
        for zone in zones {
            // A call may ring until the guard is over, so the window must hold that long.
            var state = isOpen(check.windows, zone, t)
            var later = t
            while state == true && later < t + ringGuard {
                later = min(later + .minutes(1), t + ringGuard)
                if isOpen(check.windows, zone, later) != true { state = false }
            }
            states.append(state)
        }
        if !states.isEmpty && states.allSatisfy({ $0 == true }) { return .passes }
        if isLifted(check, at: t) { return .passes }
        if zones.isEmpty { return .lacks(.place) }
        guard states.contains(false) else { return .lacks(.calendar) }
        let all = check.windows.windows.values.joined()
        // Each zone's offset, today and after each change within reach.
        let changes = zones.flatMap { $0.regimes(from: t, until: t + retryHorizon) }.map { max($0.from, t) }
        let canEverOpen = Set(changes.map { change in zones.map { $0.offset(at: change) } }).contains { offsets in
            (0..<1440).contains { minute in
                offsets.allSatisfy { offset in
                    let local = ((minute * 60 + offset) % 86_400 + 86_400) % 86_400
                    return all.contains { $0.start <= local && local < $0.end }
                }
            }
        }
        return zones.count > 1 && !canEverOpen ? .lacks(.place) : .fails(.hours, nil)
    }

    /// Nil where the calendar does not reach so far.
    private func isOpen(_ windows: WeeklyWindows, _ zone: Zone, _ t: Instant) -> Bool? {
        let local = zone.local(at: t)
        let calendar = isDown(.calendar) ? nil : pack?.calendar.flatMap { policy.calendars[$0] }
        let names: [WeeklyWindows.Key] = [.monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday]
        let weekday = names[local.date.weekday - 1]
        var keys: [WeeklyWindows.Key] = [weekday, local.date.weekday > 5 ? .restday : .workday, .every]
        if windows.windows.keys.contains(where: { [.holiday, .eve, .workday, .restday].contains($0) }) {
            guard let calendar, calendar.years.contains(local.date.year) else { return nil }
            switch calendar.days[local.date]?.kind {
            case .holiday: keys.insert(.holiday, at: 0)
            case .adjustedWorkday: keys = [.workday, weekday, .every]
            case nil: break
            }
            if windows.windows[.eve] != nil, keys.first != .holiday {
                guard let tomorrow = calendar.dayType(local.date.adding(days: 1)) else { return nil }
                if tomorrow == .holiday {
                    keys = [.eve, weekday, local.date.weekday > 5 ? .restday : .workday, .every]
                }
            }
        }
        let list = keys.lazy.compactMap { windows.windows[$0] }.first ?? []
        let second = local.millisecondOfDay / 1000
        return list.contains { $0.start <= second && second < $0.end }
    }

    private func isLifted(_ check: HoursCheck, at t: Instant) -> Bool {
        let isBooked = facts.appointments.contains { slot in
            slot.from <= t && t < slot.to && slot.to - slot.from <= .days(7) && slot.evidenceRef != nil
                && slot.purposes.names(call.purpose)
                && (slot.customer == nil || call.customer == nil || slot.customer == call.customer)
        }
        if check.lifts.contains(.appointment) && isBooked { return true }
        guard pack?.settings["consent_lifts_hours"] == true, !isDown(.consents) else { return false }
        return facts.consents.contains { consent in
            (check.lifts.contains(.consent) || check.lifts.contains(.anyHourConsent) && consent.anyHour)
                && fault(of: consent, ConsentCheck(), at: t) == nil
        }
    }

    func frequency(_ check: FrequencyCheck, at t: Instant) -> Outcome {
        let same = check.same.filter { mark in
            !(check.countsUnnamed && (mark == .campaign ? call.campaign : call.event) == nil)
        }
        if same.contains(.campaign) && call.campaign == nil { return .passes }
        if same.contains(.event) && call.event == nil { return .passes }
        if isDown(.attempts) { return .lacks(.attempts) }
        let subjects: [FrequencyCheck.Subject] = call.customer == nil ? [.number] : check.per
        let counted = facts.attempts.filter { attempt in
            check.directions.contains(attempt.direction) && (check.count == .attempts || attempt.isConnection)
                && (!same.contains(.campaign) || attempt.campaign == call.campaign)
                && (!same.contains(.event) || attempt.isErased || attempt.event == call.event)
                && isOf(check.of, attempt)
                && (check.count != .conversations
                    || attempt.outcome.flatMap { policy.core.outcomes[$0] }?.isConversation ?? true)
        }
        for subject in subjects {
            let own = counted.filter { subject == .number ? $0.sameNumber : $0.sameCustomer }
            let instants = own.map { check.runsFromConversationEnd ? $0.endedAt ?? $0.at : $0.at }
            switch check.within {
            case .ever: if instants.count >= check.max { return .fails(.frequency, nil) }
            case .rolling(let span):
                if instants.count(where: { t - $0 < span }) >= check.max { return .fails(.frequency, nil) }
            case .calendarDays, .calendarWeek, .calendarMonth:
                if zones.isEmpty && facts.attempts.count >= check.max { return .lacks(.place) }
                for zone in zones {
                    let recent = instants.count { isRecent(zone.date(at: $0), on: zone.date(at: t), check.within) }
                    if recent >= check.max { return .fails(.frequency, nil) }
                }
            }
        }
        return .passes
    }

    private func isRecent(_ day: CivilDate, on today: CivilDate, _ within: FrequencyCheck.Within) -> Bool {
        func week(_ date: CivilDate) -> Int { Int((Double(date.daysSinceEpoch) + 3) / 7) }
        return switch within {
        case .calendarDays(let days): today.daysSinceEpoch - day.daysSinceEpoch < days
        case .calendarWeek: week(day) >= week(today)
        default: (day.year, day.month) >= (today.year, today.month)
        }
    }
}
