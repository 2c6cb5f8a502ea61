import Documents
import Foundation
import Gate
import Hummingbird

/// The periodic report.
struct ReportController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        router.get("/v1/reports") { request, _ in
            let key = try authorization.require(request, .compliance)
            var pairs = try request.query
            var (format, table) = ("html", ReportTable.calls)
            var faults: [Fault] = []
            pairs.removeAll { name, value in
                switch name {
                case "format":
                    format = value
                    if value != "html" && value != "csv" {
                        faults.append(Fault(pointer: "/format", detail: "must be html or csv"))
                    }
                case "table":
                    guard let named = ReportTable(rawValue: value) else {
                        let known = ReportTable.allCases.map(\.rawValue).joined(separator: ", ")
                        faults.append(Fault(pointer: "/table", detail: "must be one of \(known)"))
                        return true
                    }
                    table = named
                default: return false
                }
                return true
            }
            if !faults.isEmpty { throw Problem(.invalid(Faults(faults))) }
            // One language for the page and the headings of the tables.
            pairs = pairs.map { (name: $0.name == "headers" ? "lang" : $0.name, value: $0.value) }
            let wanted: ReportRequest
            do throws(Faults) { wanted = try ReportRequest(pairs) } catch { throw Problem(.invalid(error)) }
            let isPage = format == "html"
            let file = try await gate.report(wanted, table: isPage ? nil : table, by: key).orProblem()
            return Response.file(
                file, as: isPage ? "report.html" : table.file,
                contentType: isPage ? "text/html; charset=utf-8" : "text/csv; charset=utf-8")
        }
    }
}
