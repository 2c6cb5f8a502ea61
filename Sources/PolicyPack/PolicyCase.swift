import Documents
import GateModel
import RuleEngine

/// One case: a call, what is known, and what must come out. Source: the contract, section 4.
public struct PolicyCase: Sendable {
    public var name: String
    public var at: Instant
    public var call: Call
    public var facts: Facts
    public var settings: [String: Bool]
    public var expected: Expectation
    public var line: Int

    public struct Expectation: Sendable {
        public var verdict: Verdict?
        public var kinds: Set<String>?
        public var rules: Set<String>?
        /// Outer nil: not said; inner nil: there must be none.
        public var retryAt: Instant??
        public var validUntil: Instant??
        public var obligations: [Node]?
        public var stoodAside: [String]?
        public var jurisdictions: [String]?
        public var localTime: String?
    }
}

extension LoadedPolicy {
    /// Reads a file of cases.
    ///
    /// - Throws: Everything that is wrong with it.
    public func cases(yaml text: String) throws(Faults) -> [PolicyCase] {
        let read = try readCases(yaml: text)
        let faults = read.flatMap(\.faults)
        if !faults.isEmpty { throw Faults(faults) }
        return read.compactMap(\.policyCase)
    }

    /// A case as far as it could be read.
    public struct CaseReading: Sendable {
        public var name: String
        public var line: Int
        /// Nil where there are faults.
        public var policyCase: PolicyCase?
        public var faults: [Fault]
    }

    /// Reads a file of cases one by one.
    ///
    /// - Throws: What is wrong outside of the cases.
    public func readCases(yaml text: String) throws(Faults) -> [CaseReading] {
        let collector = FaultCollector(isLenient: true)
        var root = ObjectReader(try parseYAML(text), faults: collector)
        _ = root.object("defaults")
        let defaults = root.node("defaults") ?? Node(.object([]))
        _ = root.string("policy")
        let elements = root.array("cases") ?? []
        if elements.isEmpty { root.fault(at: "cases", "is required; give at least one case") }
        root.close()
        try collector.check()
        return elements.map { element in
            let faults = FaultCollector(isLenient: true)
            var reader = ObjectReader(merge(defaults, element.node), at: element.pointer, faults: faults)
            let policyCase = readCase(&reader, line: Int(element.node.mark.line))
            return CaseReading(
                name: policyCase.name, line: policyCase.line, policyCase: faults.faults.isEmpty ? policyCase : nil,
                faults: faults.faults)
        }
    }

    private func readCase(_ reader: inout ObjectReader, line: Int) -> PolicyCase {
        let name = reader.requireString("name")
        let at = reader.requireInstant("at")
        var callReader =
            reader.object("call")
            ?? ObjectReader(
                Node(.object([]), mark: reader.mark), at: .member(reader.pointer, "call"), faults: reader.faults)
        let request = CallReader(self).read(&callReader)
        callReader.close()
        let call = normalise(request)
        var facts = Facts()
        if var factsReader = reader.object("facts") { facts = FactsReader(self, call: call).read(&factsReader) }
        var settings: [String: Bool] = [:]
        if var object = reader.object("settings") {
            for member in object.members {
                let isKnown =
                    snapshot.core.settings[member.name] != nil
                    || snapshot.packs.contains { $0.settings[member.name] != nil }
                if !isKnown { object.fault(at: member.name, "no setting of any pack") }
                object.refuseNull(member.name)
                settings[member.name] = object.boolean(member.name)
            }
        }
        var expected = PolicyCase.Expectation()
        if var object = reader.object("expect") {
            expected = expectation(&object)
        } else {
            reader.fault(at: "expect", "is required; say what must come out, such as {verdict: deny, kinds: [hours]}")
        }
        reader.close()
        return PolicyCase(
            name: name, at: at, call: call, facts: facts, settings: settings, expected: expected, line: line)
    }

    private func expectation(_ object: inout ObjectReader) -> PolicyCase.Expectation {
        var expected = PolicyCase.Expectation()
        expected.verdict = object.choice("verdict", Verdict.self)
        expected.kinds = object.strings("kinds").map(Set.init)
        for kind in expected.kinds ?? [] where ReasonKind(rawValue: kind) == nil {
            object.fault(at: "kinds", "`\(kind)` is no kind")
        }
        expected.rules = object.strings("rules").map(Set.init)
        if object.has("retry_at") { expected.retryAt = .some(object.instant("retry_at")) }
        if object.has("valid_until") { expected.validUntil = .some(object.instant("valid_until")) }
        expected.obligations = object.array("obligations")?.map(\.node)
        expected.stoodAside = object.array("stood_aside")?.compactMap { element in
            if let rule = element.node.string ?? element.node["rule"]?.string { return rule }
            object.faults.add(element.pointer, element.node.mark, "must be the id of a rule, or {rule: …}")
            return nil
        }
        expected.jurisdictions = object.strings("jurisdictions")
        expected.localTime = object.string("local_time")
        // Nothing expected is always met. Only an instant may be expected to be none.
        object.refuseNull("verdict", "kinds", "rules", "obligations", "stood_aside", "jurisdictions", "local_time")
        if object.members.isEmpty { object.fault("expects nothing; say at least the verdict") }
        object.close()
        return expected
    }
}

/// Maps are merged, everything else in a case takes the default's place.
private func merge(_ base: Node, _ over: Node) -> Node {
    guard case .object(var members) = base.value, case .object(let own) = over.value else { return over }
    for member in own {
        if let index = members.firstIndex(where: { $0.name == member.name }) {
            members[index].node = merge(members[index].node, member.node)
        } else {
            members.append(member)
        }
    }
    return Node(.object(members), mark: over.mark)
}

/// How one case came out.
public struct CaseResult: Sendable {
    public var name: String
    public var line: Int
    /// What differed; empty when it passed.
    public var differences: [String]
    public var hasPassed: Bool { differences.isEmpty }

    public init(name: String, line: Int, differences: [String]) {
        (self.name, self.line, self.differences) = (name, line, differences)
    }
}

extension PolicyCase {
    private func snapshot(of policy: LoadedPolicy) -> PolicySnapshot {
        settings.isEmpty ? policy.snapshot : policy.snapshot.with(settings: settings)
    }

    /// How each rule that speaks of the call stands in this case.
    public func trace(under policy: LoadedPolicy) -> [RuleTrace] {
        RuleEngine.trace(call, facts, under: snapshot(of: policy), zones: policy.zones, at: at)
    }

    /// What the rules of a pack see of it.
    func probe(under policy: LoadedPolicy, pack: String?) -> CaseProbe {
        CaseProbe(call, facts, under: snapshot(of: policy), pack: pack, zones: policy.zones, at: at)
    }

    public func run(under policy: LoadedPolicy) -> CaseResult {
        let snapshot = snapshot(of: policy)
        let judgement = evaluate(call, facts, under: snapshot, zones: policy.zones, at: at)
        var differences: [String] = []
        func compare<T: Equatable>(_ name: String, _ expected: T?, _ actual: T, _ show: (T) -> String) {
            guard let expected, expected != actual else { return }
            differences.append("\(name): expected \(show(expected)), got \(show(actual))")
        }
        func words(_ set: Set<String>) -> String { "[\(set.sorted().joined(separator: ", "))]" }
        func time(_ instant: Instant?) -> String {
            instant?.rfc3339(offsetSeconds: judgement.localOffset ?? 0, milliseconds: true) ?? "null"
        }
        compare("verdict", expected.verdict, judgement.verdict, \.rawValue)
        compare("kinds", expected.kinds, Set(judgement.reasons.map(\.kind.rawValue)), words)
        compare("rules", expected.rules, Set(judgement.reasons.map(\.rule)), words)
        compare("retry_at", expected.retryAt, judgement.retryAt, time)
        compare("valid_until", expected.validUntil, judgement.validUntil, time)
        compare("jurisdictions", expected.jurisdictions.map(Set.init), Set(judgement.jurisdictions), words)
        if let wanted = expected.localTime {
            let local = at.rfc3339(offsetSeconds: judgement.localOffset ?? 0, milliseconds: false)
            let isEqual = Instant(rfc3339: wanted) == at && wanted.suffix(6) == local.suffix(6)
            if !isEqual { differences.append("local_time: expected \(wanted), got \(local)") }
        }
        if let aside = expected.stoodAside {
            compare("stood_aside", Set(aside), Set(judgement.stoodAside.map(\.rule)), words)
        }
        for obligation in expected.obligations ?? []
        where !judgement.obligations.contains(where: { $0.matches(obligation) }) {
            var json = JSONWriter()
            json.node(obligation)
            differences.append(
                "obligations: \(json.text) is missing among \(judgement.obligations.map(\.kind))"
            )
        }
        if !differences.isEmpty, !judgement.reasons.isEmpty {
            let rules = judgement.reasons.map { "\($0.rule)\($0.detail.map { " (\($0))" } ?? "")" }
            differences.append("rules that denied: \(rules.joined(separator: ", "))")
        }
        return CaseResult(name: name, line: line, differences: differences)
    }
}

extension Obligation {
    /// Whether it is what a case expects: its kind, and every value that the case names.
    func matches(_ node: Node) -> Bool {
        if let kind = node.string { return kind == self.kind }
        guard case .object(let members) = node.value else { return false }
        return members.allSatisfy { member in
            switch member.name {
            case "kind": member.node.string == kind
            case "fields":
                if case .array(let nodes) = member.node.value {
                    Set(nodes.compactMap(\.string)) == Set(fields ?? [])
                } else {
                    false
                }
            default: AttributeValue(member.node) == values[member.name]
            }
        }
    }
}
