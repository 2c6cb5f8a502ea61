import Documents
import Gate
import GateModel
import Hummingbird

/// Stops, emergencies, caller ids, campaigns, vendors, calendars and rates of abandonment.
struct RegistryController {
    let gate: Gate
    let authorization: Authorization

    func addRoutes(to router: some RouterMethods<GateContext>) {
        let makers: [(RegistryKind, [Role])] = [
            (.stops, [.operations, .compliance, .admin]), (.callerIDs, [.operations]), (.campaigns, [.operations]),
            (.vendors, [.compliance]), (.calendars, [.operations]), (.emergencies, [.compliance]),
            (.abandonmentRates, [.dialer, .operations]),
        ]
        for (kind, roles) in makers {
            router.post("/v1/\(kind.rawValue)") { request, _ in
                let key = try authorization.require(request, anyOf: roles)
                if let format = ImportController.format(request), let bulk = ImportKind(rawValue: kind.rawValue) {
                    let imports = ImportController(gate: gate, authorization: authorization)
                    return try await imports.receive(bulk, format, request, by: key)
                }
                let id = try await gate.register(kind, try await request.json(), by: key).orProblem()
                return Response.json(.created) { json in
                    json.member("id", id)
                    json.member("state", kind.needsApproval ? "pending" : "in_force")
                }
            }
        }
        let changes: [(RegistryKind, String, RegistryAction, [Role])] = [
            (.stops, "stop", .lift, [.compliance]),
            (.callerIDs, "caller_id", .approval, [.compliance]),
            (.callerIDs, "caller_id", .withdrawal, [.operations, .compliance]),
            (.campaigns, "campaign", .approval, [.compliance]),
            (.campaigns, "campaign", .pause, [.operations, .compliance]),
            (.campaigns, "campaign", .resume, [.compliance]), (.calendars, "calendar", .approval, [.compliance]),
            (.emergencies, "emergency", .end, [.compliance]),
        ]
        for (kind, word, action, roles) in changes {
            router.post("/v1/\(kind.rawValue)/{id}/\(action.rawValue)") { request, context in
                let key = try authorization.require(request, anyOf: roles)
                let name = try context.parameters.require("id")
                let body = try await request.json(mayBeEmpty: true)
                let id = try await gate.change(word, name, action, body, by: key).orProblem()
                return Response.json { json in
                    json.member("id", id)
                    json.member("state", action == .approval || action == .resume ? "in_force" : "\(action.rawValue)")
                }
            }
        }
        router.get("/v1/stops", use: stops)
        router.get("/v1/emergencies", use: emergencies)
        router.get("/v1/abandonment-rates", use: abandonmentRates)
        router.get("/v1/caller-ids", use: callerIDs)
        router.get("/v1/campaigns", use: campaigns)
    }

    @Sendable func stops(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request)
        let stops = gate.registry.stops
        return .json { json in
            json.name("stops")
            json.array { json in
                for (stop, madeBy) in stops {
                    json.object { json in
                        json.member("id", stop.id)
                        json.member("all", stop.all)
                        json.member("purposes", stop.purposes)
                        json.member("campaigns", stop.campaigns)
                        json.member("vendors", stop.vendors)
                        json.member("caller_ids", stop.callerIDs)
                        json.member("jurisdictions", stop.jurisdictions)
                        json.member("except_purposes", stop.exceptPurposes)
                        json.member("from", stop.from?.rfc3339)
                        json.member("until", stop.until?.rfc3339)
                        json.member("lifted_at", stop.liftedAt?.rfc3339)
                        json.member("reason", stop.reason)
                        json.member("made_by", madeBy)
                    }
                }
            }
        }
    }

    @Sendable func emergencies(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request)
        let emergencies = gate.registry.emergencies
        return .json { json in
            json.name("emergencies")
            json.array { json in for emergency in emergencies { json.object { emergency.write(to: &$0) } } }
        }
    }

    @Sendable func abandonmentRates(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .operations, .compliance)
        let reports = gate.registry.abandonment.values.sorted {
            ($0.dialing.campaign ?? "", $0.dialing.vendor) < ($1.dialing.campaign ?? "", $1.dialing.vendor)
        }
        return .json { json in
            json.name("abandonment_rates")
            json.array { json in for report in reports { json.object { report.write(to: &$0) } } }
        }
    }

    @Sendable func callerIDs(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .operations, .compliance)
        let registry = gate.registry
        let records = (Array(registry.callerIDs.values) + registry.pendingCallerIDs.values)
            .sorted { ($0.value.number, $0.id.description) < ($1.value.number, $1.id.description) }
        return .json { json in
            json.name("caller_ids")
            json.array { json in
                for record in records {
                    json.object { json in
                        json.member("id", record.id.description)
                        json.member("number", record.value.number)
                        json.member("purposes", record.value.purposes)
                        json.member("outbound_approved", record.value.outboundApproved)
                        json.member("filing_ref", record.details["filing_ref"]?.string)
                        json.member(
                            "state", record.isWithdrawn ? "withdrawn" : record.isApproved ? "in_force" : "pending")
                    }
                }
            }
        }
    }

    @Sendable func campaigns(_ request: Request, _ context: GateContext) async throws -> Response {
        _ = try authorization.require(request, .operations, .compliance)
        let campaigns = gate.registry.campaigns.sorted { $0.key < $1.key }
        return .json { json in
            json.name("campaigns")
            json.array { json in
                for (_, pair) in campaigns {
                    for record in [pair.current, pair.pending].compactMap({ $0 }) {
                        json.object { json in
                            json.member("id", record.value.id)
                            json.member("entry", record.id.description)
                            json.member("purpose", record.value.purpose)
                            json.member("product", record.value.product)
                            json.member("starts_at", record.value.startsAt?.rfc3339)
                            json.member("ends_at", record.value.endsAt?.rfc3339)
                            json.member(
                                "state", !record.isApproved ? "pending" : record.value.isPaused ? "paused" : "in_force")
                        }
                    }
                }
            }
        }
    }
}
