import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack
import RuleEngine
import Storage

extension Gate {
    /// Decides one call: body → normalise → { gather → evaluate → append } → answer. The answer is there when it is durable.
    ///
    /// - Parameters:
    ///   - body: The contract's decision request.
    ///   - deadline: After which the answer is `unavailable` and nothing stays reserved.
    public func decide(_ body: Node, by key: APIKey, deadline: ContinuousClock.Instant? = nil) async -> Result<
        CallAnswer, GateError
    > {
        let configuration = configuration
        switch prepare(body, by: key, configuration, deadline: deadline) {
        case .failure(let error): return .failure(error)
        case .success(let call):
            let keyFile = keyFile
            guard let deadline else { return answer(await submit { try $0.decide(call, with: keyFile) }) }
            let result = await sequencer.submit(by: deadline) {
                try $0.decide(call, with: keyFile)
            } late: { [self] result in
                // Committed, but too late to be told: nothing may stay reserved.
                if case .success(let record) = result, record.judgement.verdict == .allow { await giveBack(record) }
            }
            return answer(result ?? .failure(.unavailable("the deadline passed before the decision was durable")))
        }
    }

    /// Decides up to 1000 calls in order in one commit. Each call has its own result.
    public func decideBatch(_ body: Node, by key: APIKey) async -> Result<[Result<CallAnswer, GateError>], GateError> {
        let configuration = configuration
        let calls: [Node]
        switch read(
            body,
            { reader in
                let calls = reader.array("calls")?.map(\.node)
                if calls == nil && !reader.isGiven("calls") {
                    reader.fault(at: "calls", "is required; an array of calls")
                }
                if calls?.count ?? 0 > 1000 {
                    reader.fault(at: "calls", "has more than 1000 calls; send several batches")
                }
                reader.close()
                return calls ?? []
            })
        {
        case .failure(let error): return .failure(error)
        case .success(let nodes): calls = nodes
        }
        let prepared = calls.map { node -> Result<PreparedCall, GateError> in
            if node["request_id"]?.string == nil {
                return .failure(.invalid("/request_id", "is required in a batch; give each call its own"))
            }
            return prepare(node, by: key, configuration, deadline: nil)
        }
        let keyFile = keyFile
        let results = await submit { group in
            var results: [Result<DecisionRecord, GateError>] = []
            for call in prepared {
                switch call {
                case .failure(let error): results.append(.failure(error))
                case .success(let call): results.append(try group.decide(call, with: keyFile))
                }
            }
            return .success(results)
        }
        switch results {
        case .failure(let error): return .failure(error)
        case .success(let results):
            var answers: [Result<CallAnswer, GateError>] = []
            for result in results { answers.append(answer(result)) }
            return .success(answers)
        }
    }

    func prepare(
        _ body: Node, by key: APIKey, _ configuration: Configuration, deadline: ContinuousClock.Instant?
    ) -> Result<PreparedCall, GateError> {
        let request: CallRequest
        switch read(
            body,
            { reader in
                let request = configuration.calls.read(&reader)
                reader.refuseNull("purpose")
                reader.close()
                return request
            })
        {
        case .failure(let error): return .failure(error)
        case .success(let value): request = value
        }
        if let vendor = request.vendor, !key.vendors.contains(vendor) {
            return .failure(.forbidden("the key does not speak for this vendor"))
        }
        if let entity = request.legalEntity, !key.legalEntities.contains(entity) {
            return .failure(.forbidden("the key does not speak for this legal entity"))
        }
        let call = configuration.policy.normalise(
            request, vendor: key.vendors.first ?? Call.ownVendor,
            legalEntity: key.legalEntities.first ?? Call.mainEntity)
        return .success(
            PreparedCall(request: request, call: call, keyID: key.id, keys: keyFile.ledger, deadline: deadline))
    }

    private func answer(_ result: Result<DecisionRecord, GateError>) -> Result<CallAnswer, GateError> {
        switch result {
        case .failure(let error):
            if case .unavailable = error { metrics.countUnavailable() }
            return .failure(error)
        case .success(let record):
            metrics.count(record.judgement)
            return told(record)
        }
    }

    private func giveBack(_ record: DecisionRecord) async {
        _ = await submit { group in
            let number = group.keys.key(.number(record.call.subjectText))
            let reports = try group.state(number).attempts.first { $0.decision == record.id }?.reports ?? []
            // The same question came again and was answered: that call may be under way.
            guard !reports.contains(where: \.isToldAgain) else { return .success(false) }
            var report = OutcomeRecord.givenBack(
                record.id, at: group.now, because: "deadline", under: group.configuration.policy.snapshot.core)
            report.findings = [OutcomeRecord.untold]
            try group.append(report, about: record.call.subject)
            return .success(true)
        }
    }

    /// The answer of a record, told by the policy that it was decided under.
    func told(_ record: DecisionRecord) -> Result<CallAnswer, GateError> {
        if let names = snapshotNames(record.snapshot) {
            return .success(
                CallAnswer(
                    record: record, id: record.id.description, policy: policy(names.policy), policyID: names.policy,
                    listsID: names.lists, tzdata: names.tzdata))
        }
        return .failure(.unavailable("the snapshot of this decision cannot be read"))
    }

    /// What a snapshot entry names. O(1) for the one in force.
    ///
    /// - Parameter view: What is being read already: a view is not opened inside another.
    func snapshotNames(_ sequence: Int64, in view: (any StoreReading)? = nil) -> SnapshotNames.Names? {
        if let known = snapshots.find(sequence) { return known }
        let found = try? view.map { try $0.entry(sequence) } ?? store.read { try $0.entry(sequence) }
        guard let entry = found, let core = try? EntryCore(bytes: entry.core),
            let body = try? JSONParser.parse(core.body), let policy = body["policy"]?.string,
            let lists = body["lists"]?.string,
            let tzdata = body["tzdata"]?.string
        else { return nil }
        snapshots.insert(sequence, (policy, lists, tzdata))
        return (policy, lists, tzdata)
    }

    /// Judges a call without recording anything: with the facts given, or with those on record.
    public func preview(_ body: Node, by key: APIKey) async -> Result<CallAnswer, GateError> {
        let configuration = configuration
        var members: [Node.Member] = []
        if case .object(let all) = body.value { members = all }
        let call = Node(.object(members.filter { $0.name != "at" && $0.name != "facts" }), mark: body.mark)
        let prepared: PreparedCall
        var lenientKey = key
        if key.role != .dialer, let vendor = body["vendor"]?.string { lenientKey.vendors = [vendor] }
        if key.role != .dialer, let entity = body["legal_entity"]?.string { lenientKey.legalEntities = [entity] }
        switch prepare(call, by: lenientKey, configuration, deadline: nil) {
        case .failure(let error): return .failure(error)
        case .success(let value): prepared = value
        }
        let extra = read(Node(.object(members.filter { $0.name == "at" || $0.name == "facts" }))) { reader in
            let at = reader.instant("at")
            var facts: Facts?
            if var object = reader.object("facts") {
                facts = FactsReader(configuration.policy, call: prepared.call).read(&object)
            }
            return (at, facts)
        }
        let (at, facts): (Instant?, Facts?)
        switch extra {
        case .failure(let error): return .failure(error)
        case .success(let value): (at, facts) = value
        }
        let instant = at ?? now
        var seen = facts
        if seen == nil {
            switch await submit({ group in
                .success(
                    try group.gather(
                        prepared.call, numberKey: prepared.numberKey, customerKey: prepared.customerKey, at: instant))
            }) {
            case .failure(let error): return .failure(error)
            case .success(let gathered): seen = gathered
            }
        }
        let snapshot = configuration.policy.snapshot
        let judgement = evaluate(prepared.call, seen ?? Facts(), under: snapshot, zones: zones, at: instant)
        let record = DecisionRecord(
            id: EntryID(at: instant, sequence: 0, noise: 0), at: instant, actor: key.id, call: prepared.call,
            facts: seen ?? Facts(), judgement: judgement, snapshot: 0, zones: [])
        return .success(
            CallAnswer(
                record: record, id: nil, policy: snapshot, policyID: snapshot.id, listsID: configuration.listsID,
                tzdata: zones.version))
    }
}
