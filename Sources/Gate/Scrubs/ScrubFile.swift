import Foundation
import GateModel
import Synchronization

/// How a scrub at the command line ended.
public enum ScrubEnd: Sendable {
    case done(ScrubCounts)
    /// The file cannot be washed; nothing is left.
    case refused(ScrubFault)
    /// It did not end. The same command goes on from where it stopped.
    case stopped(String)
}

extension Gate {
    /// Washes a file into another, which gets its name when it is whole. Until then it grows as `OUTPUT.part`, with
    /// `OUTPUT.part.json` beside it that says how far it counts; where both are there from the same scrub of the same file,
    /// it goes on from there.
    ///
    /// - Returns: The work, and what gives its end once it has ended.
    public func scrub(
        _ input: String, into output: String, _ request: ScrubRequest, by key: APIKey
    ) -> (job: BackgroundWork.Job, end: @Sendable () -> ScrubEnd) {
        let end = ScrubEndBox()
        let run = ScrubRun(
            gate: self, request: request, key: key, input: input, output: output + ".part",
            state: output + ".part.json", at: now)
        let job = background.add("scrub") { job in
            do {
                let progress = try run.run(job)
                guard rename(run.output, output) == 0 else {
                    throw ScrubStoppage("`\(output)` cannot be written: \(PrivateFile.message(errno))")
                }
                unlink(run.state)
                end.value.withLock { $0 = .done(progress.counts) }
            } catch let fault as ScrubFault {
                unlink(run.output)
                unlink(run.state)
                end.value.withLock { $0 = .refused(fault) }
            } catch {
                end.value.withLock { $0 = .stopped("\(error)") }
            }
        }
        return (job, { end.value.withLock { $0 } })
    }
}

private final class ScrubEndBox: Sendable {
    let value = Mutex(ScrubEnd.stopped("the gate is stopping"))
}
