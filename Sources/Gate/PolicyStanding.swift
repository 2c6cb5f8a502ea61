import Documents
import GateModel
import Ledger
import PolicyPack

/// A policy as it came into force. Its id is that of the policy folder's files, without imported calendars.
public struct PolicyActivation: Sendable, Hashable {
    public var policy: String
    public var owner: String
    /// Who wished for it before, where it needed two persons.
    public var proposedBy: String?
    public var at: Instant

    init?(_ body: Node, owner: String, at: Instant) {
        guard let policy = body["policy"]?.string else { return nil }
        self.policy = policy
        self.owner = owner
        self.at = at
        proposedBy = body["proposed_by"]?.string
    }
}

/// Somebody's wish to put a looser policy in force: another person may do it.
struct PolicyProposal: Sendable, Hashable {
    var policy: String
    var owner: String
    var at: Instant
}

/// A changed policy that waits for two persons, because it lets more calls through than the one in force.
public struct StagedPolicy: Sendable {
    public var difference: PolicyDifference
    var files: PolicyFiles
    public let id: String

    init(_ files: PolicyFiles, _ difference: PolicyDifference) {
        (self.files, self.difference, id) = (files, difference, files.id)
    }
}

/// Which policy is in force, and which waits.
public struct PolicyStanding: Sendable {
    /// The id of the files in force, without imported calendars.
    public let policy: String
    let files: PolicyFiles
    public let staged: StagedPolicy?
    /// What the log said was in force when this was settled.
    let settledAgainst: PolicyActivation?

    init(_ files: PolicyFiles, staged: StagedPolicy? = nil, against activation: PolicyActivation?) {
        (self.files, self.staged, settledAgainst) = (files, staged, activation)
        policy = files.id
    }

    /// Whether the log does not say yet that this policy is in force.
    var isUnrecorded: Bool { settledAgainst?.policy != policy }
}

extension ConfigurationSource {
    /// The policy to be in force: the folder's, unless it is looser than what the log says is in force and that asks for
    /// two persons.
    ///
    /// - Parameter pinned: The files that the log holds under an id.
    func settle(
        load: (PolicyFiles) throws -> LoadedPolicy, pinned: (String) throws -> PolicyFiles
    ) throws -> (policy: LoadedPolicy, standing: PolicyStanding) {
        let candidate = try load(files)
        let taken = (candidate, PolicyStanding(files, against: activation))
        guard let activation, activation.policy != files.id else { return taken }
        let heldFiles = try pinned(activation.policy)
        // What this version cannot read any more it cannot go on with either.
        guard let held = try? load(heldFiles), held.snapshot.core.looserNeedsTwo else { return taken }
        let difference = PolicyDifference(from: held, to: candidate)
        guard difference.isLooser else { return taken }
        return (held, PolicyStanding(heldFiles, staged: StagedPolicy(files, difference), against: activation))
    }
}

extension Gate {
    /// Whether a policy that was asked for is in force, or waits for another person.
    public enum PolicyOutcome: Sendable {
        case active(PolicyActivation)
        case proposed(by: String)
    }

    /// Puts the staged policy in force. It takes two owners: the first wishes for it, the second does it.
    ///
    /// - Parameter id: The staged policy's id, so that nobody approves what he has not seen.
    public func activatePolicy(_ id: String, by key: APIKey) async -> Result<PolicyOutcome, GateError> {
        let standing = configuration.standing
        guard let staged = standing.staged, staged.id == id else {
            if standing.policy == id { return .failure(.conflict(code: "active", detail: "it is in force already")) }
            let other = standing.staged.map { "; \($0.id) waits" } ?? "; none waits"
            return .failure(.notFound("no policy of that id waits to be put in force\(other)"))
        }
        let result = await submit { try $0.activate(staged, instead: standing.settledAgainst, by: key) }
        if case .success(.active) = result { try? reconfigure() }
        return result
    }

    /// Writes down what came into force by itself.
    func recordPolicy() {
        let standing = configuration.standing
        let recorded = sequencer.submitBlocking { group in
            guard group.memory.registry.policy == standing.settledAgainst else { return .success(()) }
            _ = try group.append(standing.files, owner: "gate", actor: "gate", proposedBy: nil)
            _ = try group.snapshot()
            return .success(())
        }
        if case .failure(let error) = recorded { logger.error("the new policy is not recorded yet: \(error)") }
    }
}

extension Group {
    fileprivate func activate(
        _ staged: StagedPolicy, instead expected: PolicyActivation?, by key: APIKey
    ) throws -> Result<Gate.PolicyOutcome, GateError> {
        guard memory.registry.policy == expected else {
            return .failure(
                .conflict(code: "changed", detail: "another policy came into force meanwhile; look at what waits now"))
        }
        guard let proposal = memory.registry.policyProposal, proposal.policy == staged.id else {
            var json = JSONWriter()
            json.object { json in
                json.member("kind", "policy_proposal")
                json.member("policy", staged.id)
                json.member("owner", key.owner)
            }
            try append(.change, nextID(), actor: key.id, json: json.bytes)
            return .success(.proposed(by: key.owner))
        }
        guard proposal.owner != key.owner else {
            return .failure(
                .forbidden("it lets more calls through, so another person than \(key.owner) must put it in force"))
        }
        guard key.role == .compliance || key.role == .admin else {
            return .failure(.forbidden("the second of the two persons must be of compliance"))
        }
        return .success(
            .active(try append(staged.files, owner: key.owner, actor: key.id, proposedBy: proposal.owner)))
    }

    fileprivate func append(
        _ files: PolicyFiles, owner: String, actor: String, proposedBy: String?
    ) throws -> PolicyActivation {
        try transaction.pin(Configuration.pinName(ofPolicy: files.id), files.archive)
        var json = JSONWriter()
        json.object { json in
            json.member("policy", files.id)
            json.member("owner", owner)
            if let proposedBy { json.member("proposed_by", proposedBy) }
        }
        try append(.policy, nextID(), actor: actor, json: json.bytes)
        guard let activation = memory.registry.policy else { preconditionFailure("the entry was just folded in") }
        return activation
    }
}

extension Registry {
    /// Who wished for a staged policy; nil where nobody did yet.
    public func proposer(of staged: StagedPolicy) -> String? {
        policyProposal.flatMap { $0.policy == staged.id ? $0.owner : nil }
    }
}
