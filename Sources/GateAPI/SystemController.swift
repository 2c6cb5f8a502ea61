import Documents
import Foundation
import Gate
import GateModel
import Hummingbird

/// Health, metrics, and what the gate says of itself.
struct SystemController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: Router<GateContext>) {
        router.get("/healthz") { _, _ in Response.text(.ok, "ok") }
        router.get("/readyz") { _, _ in ready() }
        router.get("/metrics") { request, _ in
            _ = try authorization.require(request)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics())))
        }
        router.get("/openapi.yaml") { request, _ in
            _ = try authorization.require(request)
            return Response(
                status: .ok, headers: [.contentType: "application/yaml"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        router.get("/v1/policy") { request, _ in
            _ = try authorization.require(request)
            return policy()
        }
    }

    private func ready() -> Response {
        let readiness = gate.readiness()
        return .json(.ok) { json in
            json.member("status", readiness.state.rawValue)
            json.member("problems", readiness.problems)
            json.member("warnings", readiness.warnings)
        }
    }

    private func policy() -> Response {
        let snapshot = gate.configuration.policy.snapshot
        return .json { json in
            json.member("policy", snapshot.id)
            json.member("tzdata", snapshot.tzdata)
            json.name("rules")
            json.array { json in
                for (jurisdiction, rules) in [("*", snapshot.core.rules)] + snapshot.packs.map({ ($0.jurisdiction, $0.rules) }) {
                    for rule in rules {
                        json.object { json in
                            json.member("id", rule.id)
                            json.member("jurisdiction", jurisdiction)
                            json.member("kind", rule.kind.rawValue)
                            json.member("status", rule.status.rawValue)
                            json.member("confidence", rule.confidence)
                            json.member("citation", rule.citation)
                            json.member("message", rule.message.english)
                            json.member("message_zh", rule.message.chinese)
                        }
                    }
                }
            }
        }
    }

    /// Source: the Prometheus text format 0.0.4.
    private func metrics() -> String {
        let totals = gate.counters.current
        var text = ""
        func series(_ name: String, _ help: String, _ type: String, _ values: [(labels: String, value: Double)]) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for (labels, value) in values { text += "\(name)\(labels) \(value)\n" }
        }
        func label(_ name: String, _ value: String) -> String {
            "{\(name)=\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"}"
        }
        series(
            "callgate_decisions_total", "Decisions by verdict since start", "counter",
            Verdict.allCases.map { (label("verdict", $0.rawValue), Double(totals.verdicts[$0] ?? 0)) })
        series(
            "callgate_denials_total", "Reasons of denials by rule since start", "counter",
            totals.rules.sorted { $0.key < $1.key }.map { (label("rule", $0.key), Double($0.value)) })
        series(
            "callgate_outcomes_total", "Reported outcomes since start", "counter",
            totals.outcomes.sorted { $0.key < $1.key }.map { (label("outcome", $0.key), Double($0.value)) })
        series("callgate_unavailable_total", "Requests answered 503 since start", "counter", [("", Double(totals.unavailable))])
        series(
            "callgate_unreported_attempts", "Allows without an outcome past its due time", "gauge",
            [("", Double(gate.countUnreported()))])
        let readiness = gate.readiness()
        series("callgate_degraded", "1 while something is denied or refused that should not be", "gauge", [("", readiness.state == .ready ? 0 : 1)])
        series(
            "callgate_calendar_days_left", "Days until a holiday calendar ends; warned from 60", "gauge",
            readiness.calendarDays.sorted { $0.key < $1.key }.map { (label("calendar", $0.key), Double($0.value)) })
        series(
            "callgate_list_age_ratio", "Age of a list's version over its greatest age", "gauge",
            gate.listStatuses().compactMap { status in status.age.map { (label("list", status.definition.name), $0) } })
        return text
    }
}
