import Crypto
import Documents
import GateModel
import Ledger
import RuleEngine

// Evidence for programs.
extension EvidenceTelling {
    /// One entry: what it says, with everything of the person that was opened.
    func json(_ entry: EvidenceEntry) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("sequence", Int(entry.sequence))
            json.member("id", entry.core.id.description)
            json.member("kind", entry.core.kind.word)
            json.member("at", entry.core.at.rfc3339)
            json.member("by", entry.core.actor)
            if entry.isErased { json.member("erased", true) }
            for (field, value) in entry.opened?.names ?? [] { json.member(field, value) }
            if let record = records[entry.core.id] {
                json.name("decision")
                write(record, isErased: entry.isErased, to: &json)
            } else {
                json.name("details")
                json.raw(entry.core.details(keys: [], personal: entry.opened?.part))
            }
        }
        return json.bytes
    }

    private func write(_ record: DecisionRecord, isErased: Bool, to json: inout JSONWriter) {
        let call = record.call
        json.object { json in
            if let answer = answer(record), let node = try? JSONParser.parse(answer.json),
                case .object(let members) = node.value
            {
                // A permit lets a call through; it is nothing to hand around.
                for member in members where member.name != "permit" && member.name != "id" {
                    json.name(member.name)
                    json.node(member.node)
                }
            }
            json.member("purpose", call.purpose)
            json.member("mode", call.mode.rawValue)
            json.member("campaign", call.campaign)
            json.member("product", call.product)
            json.member("caller_id", call.callerID?.text)
            json.member("event", call.event)
            json.member("script", call.script)
            json.member("vendor", call.vendor)
            json.member("legal_entity", call.legalEntity)
            json.member("data_fields", call.dataFields)
            json.member("request_id", record.requestID)
            json.name("list_versions")
            json.array { json in
                for list in lists(of: record, isErased: isErased) {
                    json.object { json in
                        json.member("list", list.name)
                        json.member("version", list.version)
                        json.member("as_of", list.asOf)
                        json.member("sha256", list.sha256)
                        json.member("state", list.state)
                        json.member("listed", list.isListed)
                        if let category = list.fact?.category { json.member("category", category) }
                        if let answer = list.fact?.answer { json.member("answer", answer) }
                        if let since = list.fact?.since { json.member("since", since.rfc3339) }
                        if let until = list.fact?.until { json.member("until", until.rfc3339) }
                    }
                }
            }
            if !isErased {
                json.name("facts")
                record.facts.write(to: &json)
            }
        }
    }

    /// What the bundle is, with the hash of each of its files but this one.
    func manifest(of files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("format", Evidence.format)
            json.member("made_at", making.core.at.rfc3339)
            json.member("made_by", making.core.actor)
            json.member("owner", making.body["owner"]?.string)
            json.member("reason", making.body["reason"]?.string)
            json.member("decision", making.body["decision"]?.string)
            json.member("complaint", making.body["complaint"]?.string)
            json.name("log")
            json.object { json in
                json.member("origin", checkpoint.origin)
                json.member("key", "\(evidence.key)")
                json.member("size", Int(checkpoint.size))
                json.member("root", "\(checkpoint.root)")
            }
            json.name("entries")
            json.array { json in
                for entry in evidence.entries {
                    json.object { json in
                        json.member("sequence", Int(entry.sequence))
                        json.member("id", entry.core.id.description)
                        json.member("kind", entry.core.kind.word)
                        json.member("at", entry.core.at.rfc3339)
                        json.member("erased", entry.isErased)
                    }
                }
            }
            json.name("files")
            json.array { json in
                for file in files {
                    json.object { json in
                        json.member("name", file.name)
                        json.member("size", file.bytes.count)
                        json.member("sha256", hexadecimal(SHA256.hash(data: file.bytes)))
                    }
                }
            }
        }
        return json.bytes + [0x0A]
    }
}

extension Facts {
    /// What was on record and went into the judgement.
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            func each<T>(_ name: String, _ values: [T], _ body: (inout JSONWriter, T) -> Void) {
                json.name(name)
                json.array { json in for value in values { json.object { body(&$0, value) } } }
            }
            each("consents", consents) { json, consent in
                json.member("id", consent.id)
                json.member("purposes", consent.purposes.words)
                json.member("products", consent.products.words)
                json.member("modes", consent.modes.words)
                json.member("form", consent.form)
                json.member("obtained_at", consent.obtainedAt.rfc3339)
                json.member("expires_at", consent.expiresAt?.rfc3339)
                json.member("withdrawn_at", consent.withdrawnAt?.rfc3339)
                json.member("evidence_ref", consent.evidenceRef)
            }
            each("opt_outs", optOuts) { json, optOut in
                json.member("id", optOut.id)
                json.member("purposes", optOut.purposes.words)
                json.member("strength", optOut.strength.rawValue)
                json.member("source", optOut.source)
                json.member("at", optOut.at.rfc3339)
                json.member("lifted_at", optOut.liftedAt?.rfc3339)
            }
            each("list_records", listRecords) { json, record in
                json.member("id", record.id)
                json.member("list", record.list)
                json.member("at", record.at.rfc3339)
                json.member("lifted_at", record.liftedAt?.rfc3339)
            }
            each("complaints", complaints) { json, complaint in
                json.member("number", complaint.number)
                json.member("received_at", complaint.receivedAt.rfc3339)
                json.member("closed_at", complaint.closedAt?.rfc3339)
            }
            each("relationships", relationships) { json, relationship in
                json.member("id", relationship.id)
                json.member("kind", relationship.kind)
                json.member("last_at", relationship.lastAt.rfc3339)
            }
            each("appointments", appointments) { json, appointment in
                json.member("id", appointment.id)
                json.member("from", appointment.from.rfc3339)
                json.member("to", appointment.to.rfc3339)
            }
            each("attempts", attempts) { json, attempt in
                json.member("id", attempt.id)
                json.member("at", attempt.at.rfc3339)
                json.member("purpose", attempt.purpose)
                json.member("outcome", attempt.outcome)
                json.member("connection", attempt.isConnection)
            }
            each("stops", stops) { json, stop in
                json.member("id", stop.id)
                json.member("reason", stop.reason)
            }
            each("emergencies", emergencies) { json, emergency in
                json.member("jurisdiction", emergency.subdivision)
                json.member("from", emergency.from.rfc3339)
                json.member("until", emergency.to?.rfc3339)
            }
            if let abandonmentRate {
                json.name("abandonment_rate")
                json.node(Node(.number("\(abandonmentRate)")))
                json.member("abandonment_as_of", abandonmentAsOf?.rfc3339)
            }
            json.member("unavailable", unavailable.map(\.rawValue).sorted())
        }
    }
}
