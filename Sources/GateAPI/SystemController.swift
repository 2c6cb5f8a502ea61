import Documents
import Feeds
import Foundation
import Gate
import GateModel
import Hummingbird
import Metrics

/// Health, metrics, and what the gate says of itself.
struct SystemController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
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
                status: .ok, headers: [.contentType: "application/yaml"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        router.get("/v1/policy") { request, _ in
            _ = try authorization.require(request)
            return policy()
        }
        router.post("/v1/policy/activation") { request, _ in
            let key = try authorization.require(request, .operations, .compliance)
            return try await activatePolicy(try await request.json(), by: key)
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
            inForce(&json)
            json.name("rules")
            json.array { json in
                for (jurisdiction, rules) in [("*", snapshot.core.rules)]
                    + snapshot.packs.map({ ($0.jurisdiction, $0.rules) })
                {
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

    /// Who put the policy in force, and what waits.
    private func inForce(_ json: inout JSONWriter) {
        let standing = gate.configuration.standing
        json.name("in_force")
        json.object { json in
            json.member("policy", standing.policy)
            guard let activation = gate.registry.policy, activation.policy == standing.policy else { return }
            json.member("owner", activation.owner)
            json.member("proposed_by", activation.proposedBy)
            json.member("at", activation.at.rfc3339)
        }
        guard let staged = standing.staged else { return json.member("staged", nil as String?) }
        json.name("staged")
        json.object { json in
            json.member("policy", staged.id)
            json.member("proposed_by", gate.registry.proposer(of: staged))
            json.name("changes")
            staged.difference.writeChanges(to: &json)
        }
    }

    private func activatePolicy(_ body: Node, by key: APIKey) async throws -> Response {
        let faults = FaultCollector()
        var reader = ObjectReader(body, faults: faults)
        let id = reader.requireString("policy")
        reader.close()
        do { try faults.check() } catch { throw Problem(.invalid(error)) }
        let outcome = try await gate.activatePolicy(id, by: key).orProblem()
        return .json { json in
            json.member("policy", id)
            switch outcome {
            case .active(let activation):
                json.member("state", "active")
                json.member("proposed_by", activation.proposedBy)
            case .proposed(let owner):
                json.member("state", "proposed")
                json.member("proposed_by", owner)
            }
        }
    }

    /// What the process counted, and what is true now.
    private func metrics() -> String {
        let factory = gate.metricsFactory
        func set(_ label: String, _ value: Double, _ dimensions: [(String, String)] = []) {
            Gauge(label: label, dimensions: dimensions, factory: factory).record(value)
        }
        let readiness = gate.readiness()
        set("callgate_unreported_attempts", Double(gate.countUnreported()))
        let complaints = gate.openComplaints()
        set("callgate_complaints_open", Double(complaints.count))
        set("callgate_complaints_overdue", Double(complaints.overdue.count))
        set("callgate_log_signed", Double(gate.tree.signed))
        for witness in gate.cosigning.standings {
            set("callgate_witness_cosigned", Double(witness.size), [("witness", witness.name)])
            set("callgate_witness_failing", witness.fault == nil ? 0 : 1, [("witness", witness.name)])
        }
        set("callgate_queue_length", Double(gate.queueLength))
        set("callgate_degraded", readiness.state == .ready ? 0 : 1)
        if let last = try? gate.lastRetention() {
            set("callgate_retention_last_run_timestamp_seconds", Double(last.at.seconds))
            set("callgate_retention_held", Double(last.report.held))
        }
        for (calendar, days) in readiness.calendarDays {
            set("callgate_calendar_days_left", Double(days), [("calendar", calendar)])
        }
        for status in gate.listStatuses() {
            let labels = [("list", status.definition.name)]
            if let age = status.age { set("callgate_list_age_ratio", age, labels) }
            guard let feed = status.feed?.state else { continue }
            set("callgate_feed_failures", Double(feed.failures), labels)
            if let last = feed.lastSuccess {
                set("callgate_feed_last_success_timestamp_seconds", Double(last.seconds), labels)
            }
        }
        return (factory as? PrometheusRegistry)?.text() ?? ""
    }
}
