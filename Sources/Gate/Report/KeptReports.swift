import Foundation
import GateModel

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

/// The reports of this process that were asked for on a page: `DATA/reports/ID`. None outlives the service.
typealias KeptReports = KeptJobs<ReportRequest, ReportEnd>

extension Gate {
    private func folder(ofReport id: String) -> String { options.data + "/reports/" + id }

    /// Begins a report that a page shows when it is whole.
    public func beginReport(_ request: ReportRequest, by key: APIKey) -> ReportStatus {
        let id = KeptReports.newID()
        let (job, end) = report(request, into: folder(ofReport: id), by: key)
        let begun = KeptReports.Kept(
            id: id, order: request, madeAt: now, owner: key.owner, job: job, end: end)
        let dropped = keptReports.add(begun)
        for old in dropped { try? FileManager.default.removeItem(atPath: folder(ofReport: old.id)) }
        return status(begun)
    }

    /// The newest first.
    public func reports() -> [ReportStatus] { keptReports.all.map(status) }

    public func report(_ id: String) -> Result<ReportStatus, GateError> {
        guard let found = keptReports.find(id) else {
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
            id: kept.id, state: .running, request: kept.order, madeAt: kept.madeAt, owner: kept.owner,
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
