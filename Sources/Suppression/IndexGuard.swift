import Crypto
import GateModel
import Synchronization

/// Reads the indexes in force again and again, a piece at a time, and compares them with their hashes.
///
/// A disk, a cable or a careless hand can change an index long after its version was activated. To be called from one
/// loop; its state is under a lock, so other callers do no harm.
public final class IndexGuard: Sendable {
    /// An index that is no longer what was written.
    public struct Failure: Sendable {
        /// Name of the list, as it was given.
        public let list: String
        /// The version that was read.
        public let snapshot: ListSnapshot
        /// Safe to show.
        public let reason: String
    }

    private struct Pass {
        let snapshot: ListSnapshot
        var offset = 0
        var hash = SHA256()
    }

    private struct State {
        var current: Pass?
        /// Names of what was read in this round.
        var done: Set<String> = []
        var restsUntil: Instant?
    }

    private let state = Mutex(State())
    private let pause: Span

    /// - Parameter pause: Between the end of a round over all lists and the next one.
    public init(pause: Span = .hours(1)) { self.pause = pause }

    /// Reads on, by at most so many bytes; a step of the usual size takes some 50 ms. Nothing to do is no failure.
    ///
    /// - Parameters:
    ///   - lists: What is in force; a version that is not there any more is given up.
    ///   - now: The wall clock; the pause counts from the end of a round.
    /// - Returns: The first index found damaged; call again for others.
    public func step(
        _ lists: [(list: String, snapshot: ListSnapshot)], at now: Instant, bytes: Int = 64 << 20
    ) -> Failure? {
        state.withLock { state in
            if let end = state.restsUntil {
                // A clock that was set back must not make the pause longer.
                guard now >= end || now < end - pause else { return nil }
                state.restsUntil = nil
                state.done = []
            }
            var budget = bytes
            while budget > 0 {
                if state.current == nil || !lists.contains(where: { $0.snapshot === state.current?.snapshot }) {
                    state.current = lists.first { !state.done.contains($0.snapshot.name) }
                        .map { Pass(snapshot: $0.snapshot) }
                }
                guard var pass = state.current else {
                    state.restsUntil = now + pause
                    return nil
                }
                let length = min(budget, pass.snapshot.length - pass.offset)
                pass.snapshot.update(&pass.hash, from: pass.offset, count: length)
                pass.offset += length
                budget -= max(length, 1)
                state.current = pass
                guard pass.offset == pass.snapshot.length else { continue }
                state.current = nil
                state.done.insert(pass.snapshot.name)
                if let error = pass.snapshot.damage(pass.hash),
                    let name = lists.first(where: { $0.snapshot === pass.snapshot })?.list
                {
                    return Failure(list: name, snapshot: pass.snapshot, reason: "\(error)")
                }
            }
            return nil
        }
    }
}
