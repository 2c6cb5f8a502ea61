import Foundation
import Gate
import GateModel
import GateTesting
import Ledger
import Testing

/// Files of rows: staged, checked, approved, applied.
@Suite struct ImportTests {
    static let header = "source,source_ref,phone,purposes,products,modes,form,obtained_at"

    static func consent(_ n: Int, _ form: String = "click", phone: String? = nil) -> String {
        "crm,\(n),\(phone ?? "+86138000\(10_000 + n)"),marketing,card|loan,live,\(form),2026-01-05T10:00:00+08:00"
    }

    static func consents(_ count: Int) -> String {
        ([header] + (1...count).map { consent($0) } + [""]).joined(separator: "\n")
    }

    /// One small file of each kind.
    static let files: [ImportKind: String] = [
        .consents: consents(3),
        .attempts:
            "source,source_ref,at,phone,purpose,outcome\npbx,1,2026-11-23T09:00:00+08:00,+8613800000001,care,busy\n",
        .optOuts: "phone,purposes,evidence_ref\n+8613800000001,marketing|care,letter-7\n+8613800000002,all,\n",
        .relationships: "customer,kind,last_at\nC-1,customer,2026-10-01T10:00:00+08:00\n",
        .campaigns:
            "id,purpose,product,caller_ids,attributes.asks\nc1,service,card,+862223456789;95555,true\nc2,care,,,\n",
        .callerIDs:
            "number,purposes,filing_ref,outbound_approved\n+862223456789,marketing|service,F-1,是\n95555,all,,\n",
    ]

    @Test func columnsMayHaveChineseNamesAndLocalTimes() async throws {
        let desk = try await Desk(attempts: 100)
        let text = """
            # 客户同意
            来源,来源编号,手机号,客户号,用途,产品,呼叫方式,同意方式,取得时间,到期时间,证据编号
            crm,1,138 0000 0001,C-1,marketing,card、loan,live,recorded_voice,2026/1/5 10:00,2026年12月31日,REC-1

            """
        let order = ImportOrder(.consents, .csv, zone: "Asia/Shanghai", by: desk.operations)
        // A national number needs a region where the gate has no default.
        let lost = try await desk.send(text, order)
        #expect(lost.state == .rejected && lost.rejected == 1)
        let good = text.replacingOccurrences(of: "138 0000 0001", with: "+86 138 0000 0001")
        let status = try await desk.send(good, order)
        #expect(status.state == .ready && status.rows == 1 && status.accepted == 1)
        #expect("\(await desk.decide("marketing", #""product":"card""#))" == "deny t.consent")
        try await desk.approve(status)
        let allowed = await desk.decide("marketing", #""product":"card","customer":"C-1""#)
        #expect("\(allowed)" == "allow")
        let consent = try #require(allowed.answer?.record.facts.consents.first)
        #expect(consent.obtainedAt == at("2026-01-05T10:00:00+08:00"))
        #expect(consent.expiresAt == at("2026-12-31T00:00:00+08:00"))
        #expect(consent.products.words == ["card", "loan"] && consent.evidenceRef == "REC-1")
    }

    @Test(arguments: ImportKind.allCases)
    func theSameFileAgainChangesNothing(_ kind: ImportKind) async throws {
        let desk = try await Desk(attempts: 100)
        let text = try #require(ImportTests.files[kind])
        let first = try await desk.bring(text, ImportOrder(kind, .csv, by: desk.operations))
        #expect(first.state == .applied && first.unchanged == 0 && first.rejected == 0)
        let before = try desk.kinds()
        let second = try await desk.bring(text, ImportOrder(kind, .csv, by: desk.operations))
        #expect(second.state == .applied && second.unchanged == first.rows)
        // Nothing but that the file was handed in, approved and found to be on record.
        let added = try desk.kinds().dropFirst(before.count)
        #expect(added.allSatisfy { $0 == .importBatch || $0 == .change })
        #expect(added.count == (kind.needsApproval ? 3 : 2))
        // Nor does it in another form.
        let reordered = try await desk.bring(ImportTests.turned(text), ImportOrder(kind, .csv, by: desk.operations))
        #expect(reordered.unchanged == first.rows)
    }

    /// The file with its columns in the opposite order.
    static func turned(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).reversed().joined(separator: ",")
        }.joined(separator: "\r\n")
    }

    @Test func otherContentSupersedesAndKeepsTheWithdrawal() async throws {
        let desk = try await Desk(attempts: 100)
        let order = ImportOrder(.consents, .csv, by: desk.operations)
        let call = #""product":"card""#
        func file(_ form: String) -> String {
            ImportTests.header + "\n" + ImportTests.consent(1, form, phone: Desk.phone) + "\n"
        }
        _ = try await desk.bring(file("click"), order)
        let allowed = await desk.decide("marketing", call)
        #expect("\(allowed)" == "allow")
        let id = try #require(allowed.answer?.record.facts.consents.first?.id)
        _ = try await desk.gate.withdrawConsent(id, body("{}"), by: desk.dialer).get()
        #expect("\(await desk.decide("marketing", call))" == "deny t.consent")
        let corrected = try await desk.bring(file("recorded_voice"), order)
        #expect(corrected.unchanged == 0)
        let denied = await desk.decide("marketing", call)
        #expect("\(denied)" == "deny t.consent")
        #expect(denied.answer?.record.facts.consents.map(\.form) == ["recorded_voice"])
        #expect(denied.answer?.record.facts.consents.first?.withdrawnAt != nil)
    }

    static func attempt(_ outcome: String, phone: String = Desk.phone, customer: String = "") -> String {
        "source,source_ref,at,phone,customer,purpose,outcome\npbx,1,2026-11-23T09:00:00+08:00,\(phone),\(customer),care,"
            + outcome + "\n"
    }

    @Test func whatWasSaidInACallOutsideTheGateBinds() async throws {
        let desk = try await Desk(attempts: 100)
        let order = ImportOrder(.attempts, .csv, by: desk.operations)
        func refusals() throws -> Int { try desk.kinds().count { $0 == .optOut } }
        #expect("\(await desk.decide("care"))" == "allow")
        _ = try await desk.bring(ImportTests.attempt("refused"), order)
        #expect("\(await desk.decide("care"))" == "deny t.refused t.connections")
        #expect(try refusals() == 1)
        // The same row again makes nothing twice, and a milder one takes nothing back.
        _ = try await desk.bring(ImportTests.attempt("refused"), order)
        _ = try await desk.bring(ImportTests.attempt("answered"), order)
        #expect("\(await desk.decide("care"))" == "deny t.refused t.connections")
        #expect(try refusals() == 1)
        _ = try await desk.bring(ImportTests.attempt("opted_out"), order)
        #expect(try refusals() == 2)
        // A correction of the number binds the other number too.
        let other = "+8613800000077"
        _ = try await desk.bring(ImportTests.attempt("wrong_number", phone: other), order)
        let denied = await desk.decide("service", phone: other)
        #expect(denied.answer?.record.facts.listRecords.map(\.list) == ["reassigned"])
    }

    @Test func anAttemptSentAgainWithOtherContentTakesThePlaceOfTheEarlierOne() async throws {
        let desk = try await Desk(attempts: 2)
        let order = ImportOrder(.attempts, .csv, by: desk.operations)
        _ = try await desk.bring(ImportTests.attempt("busy"), order)
        // In memory before the correction arrives.
        #expect("\(await desk.look("care"))" == "allow")
        let answered = try await desk.bring(ImportTests.attempt("answered"), order)
        #expect(answered.unchanged == 0)
        #expect("\(await desk.look("care"))" == "deny t.connections")
        #expect(try await desk.bring(ImportTests.attempt("answered"), order).unchanged == 1)
        _ = try await desk.bring(ImportTests.attempt("busy"), order)
        #expect("\(await desk.look("care"))" == "allow")
        // It was one call all the time.
        #expect("\(await desk.decide())" == "allow")
        #expect("\(await desk.decide())" == "deny t.attempts")
        _ = try await desk.bring(ImportTests.attempt("not_dialed"), order)
        #expect(try await desk.bring(ImportTests.attempt("not_dialed"), order).unchanged == 1)
        #expect("\(await desk.decide())" == "allow")
        _ = try await desk.bring(ImportTests.attempt("answered"), order)
        #expect("\(await desk.look("care"))" == "deny t.attempts t.connections")
        desk.close()
        let again = try Desk(reopening: desk)
        let told = await again.look("care")
        #expect("\(told)" == "deny t.attempts t.connections")
        #expect(told.answer?.record.facts.attempts.count { $0.isUngated } == 1)
    }

    @Test func anAttemptWhoseNumberIsCorrectedLeavesTheOldNumber() async throws {
        let other = "+8613800000002"
        let desk = try await Desk(attempts: 1)
        let order = ImportOrder(.attempts, .csv, by: desk.operations)
        _ = try await desk.bring(ImportTests.attempt("answered", customer: "C1"), order)
        #expect("\(await desk.decide())" == "deny t.attempts")
        let byCustomer = #""customer":"C1""#
        #expect("\(await desk.decide("service", byCustomer, phone: other))" == "deny t.attempts")
        _ = try await desk.bring(ImportTests.attempt("answered", phone: "+8613800000003", customer: "C2"), order)
        #expect("\(await desk.decide("service", phone: "+8613800000003"))" == "deny t.attempts")
        #expect("\(await desk.decide("service", byCustomer, phone: other))" == "allow")
        #expect("\(await desk.decide())" == "allow")
    }

    @Test func aRelationshipWhoseNumberIsCorrectedLeavesTheOldNumber() async throws {
        let other = "+8613800000002"
        let desk = try await Desk(attempts: 100)
        let order = ImportOrder(.relationships, .csv, by: desk.operations)
        func file(_ phone: String) -> String {
            "source,source_ref,phone,kind,last_at\ncrm,1,\(phone),customer,2026-10-01T10:00:00+08:00\n"
        }
        func relationships(_ phone: String) async -> Int? {
            await desk.decide(phone: phone).answer?.record.facts.relationships.count
        }
        _ = try await desk.bring(file(Desk.phone), order)
        #expect(await relationships(Desk.phone) == 1)
        #expect(try await desk.bring(file(other), order).unchanged == 0)
        #expect(await relationships(Desk.phone) == 0)
        #expect(await relationships(other) == 1)
        desk.close()
        let again = try Desk(reopening: desk)
        #expect(await again.decide().answer?.record.facts.relationships.count == 0)
    }

    @Test func aRefusalIsInForceAtOnceAndALiftIsNotUndone() async throws {
        let desk = try await Desk(attempts: 100)
        let order = ImportOrder(.optOuts, .csv, by: desk.dialer)
        let text = "phone,purposes,source\n\(Desk.phone),service,letter\n"
        let status = try await desk.send(text, order)
        #expect(status.state == .applied)
        let denied = await desk.decide()
        #expect("\(denied)" == "deny t.refused")
        let id = try #require(denied.answer?.record.facts.optOuts.first?.id)
        _ = try await desk.gate.lift(id, body(#"{"reason":"asked in writing"}"#), by: desk.compliance).get()
        #expect("\(await desk.decide())" == "allow")
        #expect(try await desk.send(text, order).unchanged == 1)
        #expect("\(await desk.decide())" == "allow")
        // Something else under the same reference is a further refusal; what stood before goes on standing.
        let referenced = "phone,purposes,source,source_ref\n\(Desk.phone),service,desk,9\n"
        _ = try await desk.send(referenced, order)
        _ = try await desk.send(referenced.replacingOccurrences(of: "service", with: "care"), order)
        #expect("\(await desk.decide())" == "deny t.refused")
        #expect("\(await desk.decide("care"))" == "deny t.refused")
    }

    @Test func campaignsAndCallerIDsAreApprovedWithTheirFile() async throws {
        let desk = try await Desk(attempts: 100)
        let order = ImportOrder(.campaigns, .csv, by: desk.operations)
        let status = try await desk.send(try #require(ImportTests.files[.campaigns]), order)
        #expect(status.state == .ready && desk.gate.registry.campaigns.isEmpty)
        try await desk.approve(status)
        let campaign = try #require(desk.gate.registry.campaigns["c1"]?.current)
        #expect(campaign.isApproved && campaign.madeBy == "operations" && campaign.value.callerIDs.count == 2)
        #expect(campaign.value.attributes["asks"] == .boolean(true))
        #expect("\(await desk.decide("service", #""campaign":"c1","product":"card","caller_id":"95555""#))" == "allow")
        // A caller id that was withdrawn comes back by a new registration only.
        let ids = try #require(ImportTests.files[.callerIDs])
        _ = try await desk.bring(ids, ImportOrder(.callerIDs, .csv, by: desk.operations))
        let made = try #require(desk.gate.registry.callerIDs["95555"])
        _ = try await desk.gate.change("caller_id", made.id.description, .withdrawal, body("{}"), by: desk.operations)
            .get()
        _ = try await desk.bring(ids, ImportOrder(.callerIDs, .csv, by: desk.operations))
        #expect(desk.gate.registry.callerIDs["95555"]?.isWithdrawn == true)
    }

    @Test func theOwnerWhoHandedItInDoesNotApproveIt() async throws {
        let desk = try await Desk()
        let status = try await desk.send(ImportTests.consents(2), ImportOrder(.consents, .csv, by: desk.operations))
        let id = status.id.description
        #expect(await desk.gate.change("import", id, .approval, body("{}"), by: desk.operations).name == "forbidden")
        let twoHats = try await desk.gate.key(.compliance, owner: "operations")
        #expect(await desk.gate.change("import", id, .approval, body("{}"), by: twoHats).name == "forbidden")
        #expect(
            await desk.gate.change("import", "none", .approval, body("{}"), by: desk.compliance).name == "not found")
        #expect(try desk.gate.importStatus(id).state == .ready)
        #expect(try desk.kinds().filter { $0 == .consent }.isEmpty)
        // A file that was refused cannot be approved.
        let bad = try await desk.send("phone\nx\n", ImportOrder(.consents, .csv, by: desk.operations))
        let refused = await desk.gate.change("import", bad.id.description, .approval, body("{}"), by: desk.compliance)
        #expect(refused.name == "not-ready")
    }

    @Test func whatWasAppliedNamesItsFileAndItsEvidence() async throws {
        let desk = try await Desk()
        let text = "phone,purposes,evidence_ref\n\n\(Desk.phone),care,letter-7\n"
        let status = try await desk.send(text, ImportOrder(.optOuts, .csv, by: desk.operations))
        let held = try await desk.gate.history(desk.gate.keyFile.ledger.key(.number(Desk.phone)), by: desk.compliance)
            .get()
        let details = held.map { String(decoding: $0.details, as: UTF8.self) }
        #expect(held.map(\.kind) == ["opt_out"])
        let origin = #""evidence_ref":"letter-7","import":"\#(status.id)","row":3"#
        #expect(details.first?.contains(origin) == true, "\(details)")
        let single = #"{"phone":"+8613800000003","purposes":["care"],"evidence_ref":"call-1"}"#
        _ = try await desk.optOut(single)
        _ = try await desk.optOut(#"{"phone":"+8613800000003","purposes":["care"]}"#)
        let other = desk.gate.keyFile.ledger.key(.number("+8613800000003"))
        let later = try await desk.gate.history(other, by: desk.compliance).get().map {
            String(decoding: $0.details, as: UTF8.self).contains("call-1")
        }
        #expect(later == [true, false])
    }

    @Test func theFileIsForTheGateAloneAndGoesWhenItIsOver() async throws {
        let desk = try await Desk()
        let status = try await desk.send(ImportTests.consents(2), ImportOrder(.consents, .csv, by: desk.operations))
        let folder = desk.fixture.folder.path + "/data/imports/\(status.id)"
        var mode = stat()
        #expect(stat(folder + "/rows", &mode) == 0 && mode.st_mode & 0o777 == 0o600)
        #expect(stat(folder, &mode) == 0 && mode.st_mode & 0o777 == 0o700)
        try await desk.approve(status)
        #expect(!FileManager.default.fileExists(atPath: folder + "/rows"))
        // Nor does a refused one stay.
        let bad = try await desk.send("phone\nx\n", ImportOrder(.consents, .csv, by: desk.operations))
        #expect(!FileManager.default.fileExists(atPath: desk.fixture.folder.path + "/data/imports/\(bad.id)/rows"))
        let upload = try desk.gate.beginImport(ImportOrder(.consents, .csv, by: desk.operations))
        try upload.feed(Array("phone".utf8))
        upload.abandon()
        #expect(throws: GateError.self) { try desk.gate.importStatus(upload.id.description) }
    }

    @Test func onlyTheFileThatWasCheckedIsApplied() async throws {
        let desk = try await Desk()
        let status = try await desk.send(ImportTests.consents(2), ImportOrder(.consents, .csv, by: desk.operations))
        let rows = desk.fixture.folder.path + "/data/imports/\(status.id)/rows"
        try Data(ImportTests.consents(9).utf8).write(to: URL(fileURLWithPath: rows))
        _ = try await desk.gate.change("import", status.id.description, .approval, body("{}"), by: desk.compliance)
            .get()
        await desk.gate.settleImports()
        #expect(try desk.gate.importStatus(status.id.description).state == .rejected)
        #expect(try desk.kinds().filter { $0 == .consent }.isEmpty)
    }
}

extension Desk {
    /// Hands a file in and waits until it goes on by itself no further.
    func send(_ text: String, _ order: ImportOrder) async throws -> ImportStatus {
        try await send(Array(text.utf8), order)
    }

    func send(_ bytes: [UInt8], _ order: ImportOrder) async throws -> ImportStatus {
        let upload = try gate.beginImport(order)
        try upload.feed(bytes)
        _ = try await upload.finish()
        return try await gate.followImport(upload.id) { _ in }
    }

    /// A decision that records nothing.
    func look(_ purpose: String) async -> Told {
        Told(await gate.preview(Desk.call(purpose, Desk.phone, ""), by: dialer))
    }

    func approve(_ status: ImportStatus) async throws {
        _ = try await gate.change("import", status.id.description, .approval, body("{}"), by: compliance).get()
        await gate.settleImports()
    }

    /// Hands a file in and approves it where it needs that.
    func bring(_ text: String, _ order: ImportOrder) async throws -> ImportStatus {
        let status = try await send(text, order)
        if status.state == .ready { try await approve(status) }
        return try gate.importStatus(status.id.description)
    }

    func rejects(_ status: ImportStatus) -> [String] {
        let text = (try? String(contentsOfFile: gate.importRejectsPath(status), encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    }

    /// The kind of every entry, in order.
    func kinds() throws -> [EntryKind] {
        try store.read { try $0.entries(after: 0, limit: 100_000).map(\.kind) }
    }
}
