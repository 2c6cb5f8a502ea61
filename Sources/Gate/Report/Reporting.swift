import Crypto
import Foundation
import GateModel
import Synchronization

/// How a report at the command line ended.
public enum ReportEnd: Sendable {
    case done(ReportSummary)
    case failed(ReportFault)
}

extension Gate {
    /// Makes a report in a folder that is not there yet; it gets its name when it is whole.
    ///
    /// - Returns: The work, and what gives its end once it has ended.
    public func report(
        _ request: ReportRequest, into folder: String, by key: APIKey
    ) -> (job: BackgroundWork.Job, end: @Sendable () -> ReportEnd) {
        let end = ReportEndBox()
        let job = background.add("report") { job in
            do throws(ReportFault) {
                let summary = try self.makeReport(request, into: folder, by: key, job)
                end.value.withLock { $0 = .done(summary) }
            } catch {
                end.value.withLock { $0 = .failed(error) }
            }
        }
        return (job, { end.value.withLock { $0 } })
    }

    /// Makes a report and opens one of its files, of which nothing is left on the disk.
    ///
    /// - Parameter table: Nil for the page.
    public func report(
        _ request: ReportRequest, table: ReportTable?, by key: APIKey
    ) async -> Result<FileHandle, GateError> {
        let name = SymmetricKey(size: .bits128).withUnsafeBytes { hexadecimal(Array($0)) }
        let folder = options.data + "/reports/" + name
        do {
            // Not behind other long work: somebody waits for the answer.
            return try await aside {
                defer { try? FileManager.default.removeItem(atPath: folder) }
                _ = try self.makeReport(request, into: folder, by: key, BackgroundWork.Job("report"))
                guard let file = FileHandle(forReadingAtPath: folder + "/" + (table?.file ?? ReportRun.page)) else {
                    throw ReportFault.unavailable("the report cannot be read")
                }
                return .success(file)
            }
        } catch ReportFault.request(let place, let why) {
            return .failure(.invalid("/" + place, why))
        } catch {
            return .failure(.unavailable("\(error)"))
        }
    }

    /// Removes what a killed service left of reports. For the service alone, at its start.
    public func removeUnfinishedReports() { try? FileManager.default.removeItem(atPath: options.data + "/reports") }

    private func makeReport(
        _ request: ReportRequest, into folder: String, by key: APIKey, _ job: BackgroundWork.Job
    ) throws(ReportFault) -> ReportSummary {
        let part = folder + ".part"
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw .request(at: "output", "`\(folder)` is there already; name a new folder")
        }
        // What an earlier run left behind when it was killed.
        try? FileManager.default.removeItem(atPath: part)
        do {
            let summary = try ReportRun(gate: self, request: request, key: key, folder: part).run(job)
            guard rename(part, folder) == 0 else {
                throw ReportFault.unavailable("`\(folder)` cannot be written: \(PrivateFile.message(errno))")
            }
            return summary
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw error as? ReportFault ?? .unavailable("\(error)")
        }
    }
}

private final class ReportEndBox: Sendable {
    let value = Mutex(ReportEnd.failed(.unavailable("the gate is stopping")))
}
