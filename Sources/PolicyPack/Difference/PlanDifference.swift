import Numbering

extension ChangeCollector {
    /// How a number is read decides which rules it meets, so of most changes nothing can be told.
    mutating func comparePlans(_ a: [NumberPlan], _ b: [NumberPlan]) {
        (pack, subject) = ("", "")
        func byRegion(_ plans: [NumberPlan]) -> [String: NumberPlan] {
            Dictionary(plans.map { ($0.region, $0) }) { $1 }
        }
        each(byRegion(a), byRegion(b), added: .unknown, removed: .unknown) { collector, region, old, new in
            collector.subject = "number plan \(region)"
            collector.compare(old, new)
            collector.subject = ""
        }
    }

    private mutating func compare(_ a: NumberPlan, _ b: NumberPlan) {
        compare("calling_code", a.callingCode, b.callingCode, .unknown)
        compare("country", a.country, b.country, .unknown)
        compare("strip", a.strip, b.strip, .unknown)
        compare("zones", a.zones, b.zones, .unknown)
        compare(
            "require_area_code", a.requireAreaCode, b.requireAreaCode,
            .setting(a.requireAreaCode, b.requireAreaCode, means: .stricter))
        let (old, new) = (Set(a.ranges), Set(b.ranges))
        if a.ranges != b.ranges && old == new { add("ranges", nil, "another order", .unknown) }
        // One that may not be called only takes numbers away, wherever it stands.
        for range in b.ranges where !old.contains(range) {
            add("range \(range.told)", nil, "added", range.callable ? .unknown : .stricter)
        }
        for range in a.ranges where !new.contains(range) {
            add("range \(range.told)", "removed", nil, range.callable ? .unknown : .looser)
        }
        let (areas, areasB) = (
            Dictionary(a.areaCodes.map { ($0.prefix, $0) }) { $1 },
            Dictionary(b.areaCodes.map { ($0.prefix, $0) }) { $1 }
        )
        each(areas, areasB, added: .unknown, removed: .unknown) { collector, prefix, old, new in
            let tendency: Tendency = old.subdivisions == new.subdivisions && old.zones == new.zones ? [] : .unknown
            collector.compare("area code \(prefix)", old.told, new.told, tendency)
        }
    }

    /// A dialer's code that means another outcome has another effect.
    mutating func compareDispositions(_ a: [String: [String: String]], _ b: [String: [String: String]]) {
        pack = ""
        for name in Set(a.keys).union(b.keys).sorted() {
            subject = "dispositions \(name)"
            each(a[name] ?? [:], b[name] ?? [:], added: .unknown, removed: .unknown) { collector, code, old, new in
                collector.compare(code, old, new, .unknown)
            }
        }
        subject = ""
    }
}

extension NumberPlan.Range {
    fileprivate var told: String {
        let first = prefixes.first ?? ""
        let more = prefixes.count > 1 ? " and \(prefixes.count - 1) more" : ""
        let length = lengths.isEmpty ? "" : " of \(lengths.sorted().map(String.init).joined(separator: ", ")) digits"
        let what = callable ? [type?.rawValue, category].compactMap { $0 }.joined(separator: " ") : "not callable"
        return "\(first)\(more)\(length) (\(what))"
    }
}

extension NumberPlan.AreaCode {
    fileprivate var told: String { ([place] + subdivisions + zones).joined(separator: " ") }
}
