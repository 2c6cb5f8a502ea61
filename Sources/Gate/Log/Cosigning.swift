import Foundation
import Synchronization
import Transparency
import Witnesses

/// How it stands with one outside witness.
public struct WitnessStanding: Sendable {
    public var name: String
    /// How many entries the last checkpoint has that it cosigned for this process; 0 for none yet.
    public var size: Int64 = 0
    /// Why the last question brought no cosignature; nil while all is well.
    public var fault: WitnessFault?
}

/// Asks outside witnesses to cosign checkpoints, on threads of its own: nothing that decides or signs waits for one.
///
/// Every ten seconds all witnesses are asked about the newest checkpoint, unless they cosigned it; one that failed is
/// asked again after a minute. What they answer is kept beside the checkpoints.
public final class Cosigning: Sendable {
    private struct State {
        var standings: [WitnessStanding]
        /// When a witness that failed is asked again.
        var retries: [ContinuousClock.Instant?]
        var lastRound: ContinuousClock.Instant?
        var isRunning = false
        /// Why cosignatures are not kept.
        var fault: String?
    }

    private let clients: [WitnessClient]
    private let tree: LogTree
    private let every: Duration
    private let pause: Duration
    private let notice: @Sendable (String) -> Void
    private let state: Mutex<State>
    /// One round at a time.
    private let asking = Mutex(())

    /// - Parameters:
    ///   - patience: How long one question to a witness may take.
    ///   - every: How long there is no further round after one.
    ///   - pause: How long a witness that failed is left alone.
    ///   - notice: Told when a witness begins to fail, and when it cosigns again.
    init(
        _ witnesses: [Witness], tree: LogTree, patience: Duration = .seconds(10), every: Duration = .seconds(10),
        pause: Duration = .seconds(60), notice: @escaping @Sendable (String) -> Void
    ) {
        clients = witnesses.map { WitnessClient($0, patience: patience) }
        (self.tree, self.every, self.pause, self.notice) = (tree, every, pause, notice)
        state = Mutex(
            State(
                standings: witnesses.map { WitnessStanding(name: $0.key.name) },
                retries: Array(repeating: nil, count: witnesses.count)))
    }

    public var standings: [WitnessStanding] { state.withLock { $0.standings } }

    /// Each a sentence for a person: what somebody must look at, and what may pass by itself.
    public var faults: (problems: [String], warnings: [String]) {
        state.withLock { state in
            let failing = state.standings.compactMap { standing in
                standing.fault.map { (isRefusal: $0.isRefusal, text: "the witness \(standing.name): \($0)") }
            }
            return (
                failing.filter(\.isRefusal).map(\.text)
                    + (state.fault.map { ["cosignatures are not kept: \($0)"] } ?? []),
                failing.filter { !$0.isRefusal }.map(\.text)
            )
        }
    }

    /// Begins a round on a thread of its own, where one is due. Returns at once; called about once a second.
    public func tick() {
        let isDue = state.withLock { state in
            guard !clients.isEmpty, !state.isRunning, state.lastRound.map({ ContinuousClock.now - $0 >= every }) ?? true
            else {
                return false
            }
            state.isRunning = true
            return true
        }
        guard isDue else { return }
        Thread.detachNewThread {
            self.round()
            self.state.withLock { $0.isRunning = false }
        }
    }

    /// Asks the witnesses about the newest checkpoint now. Blocks until they answered, or their time is over.
    func round() {
        asking.withLock { _ in
            state.withLock { $0.lastRound = .now }
            guard let shown = tree.shown else { return }
            let now = ContinuousClock.now
            let due = state.withLock { state in
                clients.indices.filter { place in
                    state.standings[place].size < shown.checkpoint.size
                        && state.retries[place].map { $0 <= now } ?? true
                }
            }
            guard !due.isEmpty else { return }
            let cosignatures = ask(due, shown)
            let fault: String?
            do {
                if !cosignatures.isEmpty { try tree.files.keep(cosignatures, of: shown) }
                fault = nil
            } catch {
                fault = "\(error)"
            }
            state.withLock { $0.fault = fault }
        }
    }

    /// Asks each on a thread of its own: a slow one does not hold up the others.
    private func ask(_ places: [Int], _ shown: LogTree.Shown) -> [NoteSignature] {
        let answers = Mutex<[Int: Result<NoteSignature, WitnessFault>]>([:])
        let all = DispatchGroup()
        for place in places {
            all.enter()
            Thread.detachNewThread {
                let answer = Result { () throws(WitnessFault) in
                    try self.clients[place].cosign(shown.note, of: shown.checkpoint) { old in
                        var view = TreeView(size: shown.checkpoint.size, source: self.tree.files)
                        return try view.consistencyProof(from: old)
                    }
                }
                answers.withLock { $0[place] = answer }
                all.leave()
            }
        }
        all.wait()
        let found = answers.withLock { $0 }
        for (place, answer) in found { take(answer, of: place, shown.checkpoint.size) }
        return places.compactMap { try? found[$0]?.get() }
    }

    private func take(_ answer: Result<NoteSignature, WitnessFault>, of place: Int, _ size: Int64) {
        var fault: WitnessFault?
        if case .failure(let found) = answer { fault = found }
        // Another service over the same log was quicker.
        if case .ahead(let seen) = fault, seen <= (try? tree.entries()) ?? 0 { fault = nil }
        let (name, before) = state.withLock { state in
            let standing = state.standings[place]
            state.standings[place].fault = fault
            state.retries[place] = fault == nil ? nil : ContinuousClock.now + pause
            if case .success = answer { state.standings[place].size = size }
            return (standing.name, standing.fault)
        }
        if let fault, fault != before { notice("the witness \(name): \(fault)") }
        if fault == nil, before != nil { notice("the witness \(name) cosigns again") }
    }
}
