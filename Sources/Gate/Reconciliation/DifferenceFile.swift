import Calendars
import Foundation
import GateModel
import Tables

/// Where findings are written as they are found.
final class DifferenceFile {
    private static let headings = [
        "finding", "line", "at", "local_at", "phone", "caller_id", "decision", "valid_until", "vendor", "detail",
    ]

    private let file: FileHandle?
    private let zone: Zone
    private var writer = CSVWriter()

    init(_ path: String?, _ zone: Zone) throws {
        self.zone = zone
        file = try path.map { try PrivateFile.open($0) }
        try file?.truncate(atOffset: 0)
        writer.row(Self.headings)
    }

    func write(_ difference: Difference, _ summary: inout ReconciliationSummary) throws {
        summary.differences[difference.kind, default: 0] += 1
        guard file != nil else { return }
        writer.row([
            .text(difference.kind.rawValue), difference.line.map { .count($0) } ?? .text(nil),
            .text(difference.at.rfc3339),
            .text(difference.at.rfc3339(offsetSeconds: zone.offset(at: difference.at), milliseconds: true)),
            .text(difference.mask), .text(difference.callerID), .text(difference.decision?.description),
            .text(difference.validUntil?.rfc3339), .text(difference.vendor), .text(difference.detail),
        ])
        if writer.count > 1 << 18 { try file?.write(contentsOf: Data(writer.take())) }
    }

    func close() throws {
        guard let file else { return }
        try file.write(contentsOf: Data(writer.take()))
        guard fsync(file.fileDescriptor) == 0 else {
            throw ReconciliationStoppage("the findings cannot be written: \(PrivateFile.message(errno))")
        }
        try file.close()
    }
}
