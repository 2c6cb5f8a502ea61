import Foundation
import GateModel
import Synchronization

/// How a reconciliation at the command line ended.
public enum ReconciliationEnd: Sendable {
    case done(ReconciliationSummary)
    /// The file cannot be used: each fault with its line and column.
    case refused([String])
    /// It did not end.
    case stopped(String)
}

extension Gate {
    /// Compares a file of call detail records with the log.
    ///
    /// - Parameter output: Where the findings go, as CSV; it gets its name when it is whole. Nil for the counts alone.
    /// - Returns: The work, and what gives its end once it has ended.
    public func reconcile(
        _ input: String, into output: String?, _ request: ReconciliationRequest, by key: APIKey
    ) -> (job: BackgroundWork.Job, end: @Sendable () -> ReconciliationEnd) {
        let end = ReconciliationEndBox()
        let part = output.map { $0 + ".part" }
        let run = ReconciliationRun(gate: self, request: request, key: key, input: input, output: part)
        let job = background.add("reconciliation") { job in
            do {
                let summary = try run.run(job)
                if let part, let output, rename(part, output) != 0 {
                    throw ReconciliationStoppage("`\(output)` cannot be written: \(PrivateFile.message(errno))")
                }
                end.value.withLock { $0 = .done(summary) }
            } catch let file as UnreadableFile {
                part.map { _ = unlink($0) }
                end.value.withLock { $0 = .refused(file.faults.map(\.text)) }
            } catch {
                part.map { _ = unlink($0) }
                end.value.withLock { $0 = .stopped("\(error)") }
            }
        }
        return (job, { end.value.withLock { $0 } })
    }
}

private final class ReconciliationEndBox: Sendable {
    let value = Mutex(ReconciliationEnd.stopped("the gate is stopping"))
}

extension RowFault {
    /// For a person.
    var text: String {
        let place = [line == 0 ? nil : "line \(line)", column == 0 ? nil : "column \(column)"].compactMap { $0 }
        return place.isEmpty ? reason : place.joined(separator: ", ") + ": " + reason
    }
}
