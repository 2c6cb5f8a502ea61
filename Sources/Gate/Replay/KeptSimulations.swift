import Foundation
import GateModel
import PolicyPack
import Synchronization

/// A policy that might be put in force: the one that waits in the policy folder, or a folder of candidates.
public struct PolicyCandidate: Sendable, Hashable {
    /// The folder's name; nil for what stands in the policy folder.
    public var name: String?

    public init(name: String?) { self.name = name }
}

/// A simulation that was asked for on a page.
public struct SimulationStatus: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// It runs, or waits for its turn.
        case running
        case done, failed
    }

    public var id: String
    public var state: State
    public var candidate: PolicyCandidate
    public var range: PastRange
    public var madeAt: Instant
    public var owner: String
    /// 0 to 1.
    public var progress: Double
    public var report: SimulationReport?
    /// What is wrong with the candidate's files, or why it could not be done.
    public var problems: [String]
}

struct SimulationOrder: Sendable {
    var candidate: PolicyCandidate
    var range: PastRange
}

enum SimulationEnd: Sendable {
    case done(SimulationReport)
    case failed([String])
}

/// The simulations of this process that were asked for on a page. They change nothing.
typealias KeptSimulations = KeptJobs<SimulationOrder, SimulationEnd>

private final class SimulationOutcome: Sendable {
    let value = Mutex(SimulationEnd.failed(["the gate is stopping; ask again"]))
}

extension Gate {
    /// What may be tried: the policy that waits first, then the folders by name. Only a folder that holds a whole policy
    /// counts, and nobody names a path: the candidates lie where the options say.
    public func policyCandidates() -> [PolicyCandidate] {
        let waits = configuration.standing.staged == nil ? [] : [PolicyCandidate(name: nil)]
        guard let root = options.candidates else { return waits }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().filter {
            !$0.hasPrefix(".") && FileManager.default.fileExists(atPath: "\(root)/\($0)/core/pack.yaml")
        }
        return waits + names.map { PolicyCandidate(name: $0) }
    }

    /// Begins to decide past decisions under a candidate. Nothing is recorded but what reading needs.
    public func beginSimulation(
        _ candidate: PolicyCandidate, _ range: PastRange, by key: APIKey
    ) -> Result<SimulationStatus, GateError> {
        guard policyCandidates().contains(candidate) else {
            return .failure(.invalid("/candidate", "there is no such candidate"))
        }
        if let from = range.from, let to = range.to, to <= from {
            return .failure(.invalid("/to", "must lie after `from`"))
        }
        let folder = candidate.name.flatMap { name in options.candidates.map { "\($0)/\(name)" } } ?? options.policy
        let end = SimulationOutcome()
        let job = background.add("simulation") { job in
            let value: SimulationEnd
            do {
                let simulation = try Simulation(
                    store: self.store, keyFile: self.keyFile, candidate: try PolicyFiles(folder: folder),
                    zones: self.zones, defaultRegion: self.options.defaultRegion, examples: 5)
                value = .done(
                    try simulation.run(range, isCancelled: { job.isCancelled }) { job.report(done: $0, of: $1) })
            } catch let faults as FileFaults {
                value = .failed("\(faults)".split(separator: "\n").map(String.init))
            } catch is CancellationError {
                return
            } catch {
                self.logger.error("a simulation failed: \(error)")
                value = .failed(["the gate could not do it; ask again"])
            }
            end.value.withLock { $0 = value }
        }
        let begun = KeptSimulations.Kept(
            id: KeptSimulations.newID(), order: SimulationOrder(candidate: candidate, range: range), madeAt: now,
            owner: key.owner, job: job, end: { end.value.withLock { $0 } })
        simulations.add(begun)
        return .success(status(begun))
    }

    /// The newest first.
    public func allSimulations() -> [SimulationStatus] { simulations.all.map(status) }

    public func simulation(_ id: String) -> Result<SimulationStatus, GateError> {
        guard let found = simulations.find(id) else {
            return .failure(.notFound("there is no such simulation, or it was removed; run it again"))
        }
        return .success(status(found))
    }

    private func status(_ kept: KeptSimulations.Kept) -> SimulationStatus {
        var status = SimulationStatus(
            id: kept.id, state: .running, candidate: kept.order.candidate, range: kept.order.range, madeAt: kept.madeAt,
            owner: kept.owner, progress: kept.job.progress.share ?? 0, problems: [])
        guard kept.job.state == .ended else { return status }
        switch kept.end() {
        case .done(let report): (status.state, status.report, status.progress) = (.done, report, 1)
        case .failed(let problems): (status.state, status.problems) = (.failed, problems)
        }
        return status
    }
}
