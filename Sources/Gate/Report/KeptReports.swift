import Crypto
import Foundation
import GateModel
import Synchronization

/// A report that was asked for on a page.
public struct ReportStatus: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// It is being made, or waits for its turn.
        case running
        case done, failed
    }

    public var id: String
    public var state: State
    public var request: ReportRequest
    public var madeAt: Instant
    /// Who asked for it.
    public var owner: String
    /// 0 to 1.
    public var progress: Double
    public var summary: ReportSummary?
    /// Names of its files, the page first. Empty until it is done.
    public var files: [String]
    public var problem: ReportFault?
}

/// The reports of this process that were asked for on a page: `DATA/reports/ID`. They can be made again from the log, so
/// only the newest few are kept, and none outlives the service.
final class KeptReports: Sendable {
    static let most = 20

    fileprivate struct Kept: Sendable {
        var id: String
        var request: ReportRequest
        var madeAt: Instant
        var owner: String
        var job: BackgroundWork.Job
        var end: @Sendable () -> ReportEnd
    }

    fileprivate let kept = Mutex<[Kept]>([])
}

extension Gate {
    private func folder(ofReport id: String) -> String { options.data + "/reports/" + id }

    /// Begins a report that a page shows when it is whole.
    public func beginReport(_ request: ReportRequest, by key: APIKey) -> ReportStatus {
        let id = SymmetricKey(size: .bits128).withUnsafeBytes { hexadecimal(Array($0)) }
        let (job, end) = report(request, into: folder(ofReport: id), by: key)
        let begun = KeptReports.Kept(
            id: id, request: request, madeAt: now, owner: key.owner, job: job, end: end)
        let dropped = keptReports.kept.withLock { kept in
            kept.append(begun)
            let ended = kept.filter { $0.job.state == .ended }.prefix(max(0, kept.count - KeptReports.most))
            kept.removeAll { old in ended.contains { $0.id == old.id } }
            return ended
        }
        for old in dropped { try? FileManager.default.removeItem(atPath: folder(ofReport: old.id)) }
        return status(begun)
    }

    /// The newest first.
    public func reports() -> [ReportStatus] { keptReports.kept.withLock { $0 }.reversed().map(status) }

    public func report(_ id: String) -> Result<ReportStatus, GateError> {
        guard let found = keptReports.kept.withLock({ $0.first { $0.id == id } }) else {
            return .failure(.notFound("there is no such report, or it was removed; make it again"))
        }
        return .success(status(found))
    }

    /// Opens a file of a report that is done.
    public func reportFile(_ id: String, _ name: String) -> Result<FileHandle, GateError> {
        report(id).flatMap { status in
            guard status.files.contains(name),
                let file = FileHandle(forReadingAtPath: folder(ofReport: id) + "/" + name)
            else { return .failure(.notFound("the report has no such file")) }
            return .success(file)
        }
    }

    private func status(_ kept: KeptReports.Kept) -> ReportStatus {
        var status = ReportStatus(
            id: kept.id, state: .running, request: kept.request, madeAt: kept.madeAt, owner: kept.owner,
            progress: kept.job.progress.share ?? 0, files: [])
        guard kept.job.state == .ended else { return status }
        switch kept.end() {
        case .failed(let fault): (status.state, status.problem) = (.failed, fault)
        case .done(let summary):
            (status.state, status.summary, status.progress) = (.done, summary, 1)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(ofReport: kept.id))) ?? []
            status.files = names.sorted { ($0 != ReportRun.page ? 1 : 0, $0) < ($1 != ReportRun.page ? 1 : 0, $1) }
        }
        return status
    }
}
