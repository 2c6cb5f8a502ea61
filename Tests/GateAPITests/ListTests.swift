import Documents
import Foundation
import HTTPTypes
import Testing

@Suite struct ListTests {
    @Test func anUploadIsCheckedThenActivatedThenRolledBack() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let path = "/v1/lists/deceased/versions"
            let csv: HTTPFields = [.contentType: "text/csv"]
            let first = try await api.post(
                path + "?as_of=2026-11-20T00:00:00Z&mode=replace", api.operations, "phone\n+8613812345678\n",
                headers: csv)
            #expect(first.status == 202 && first["state"] == "ready" && first.json["accepted"]?.value == .number("1"))
            #expect(
                first.json.names.isSuperset(of: [
                    "version", "state", "progress", "lines", "accepted", "duplicates", "rejected",
                ]))
            #expect(try await api.decide()["verdict"] == "allow")
            #expect(try await api.post(path + "/1/activation", api.operations, "").status == 200)
            #expect(try await api.decide().rules.contains("cn.person.deceased"))
            _ = try await api.post(path + "?as_of=2026-11-21T00:00:00Z", api.operations, "13912345678\n", headers: csv)
            // It drops the one number that was listed: another person must look at it.
            let alone = try await api.post(path + "/2/activation", api.operations, "")
            #expect(alone.status == 403 && alone.text.contains("1 of 1 entries would be dropped"), "\(alone.text)")
            #expect(try await api.decide().rules.contains("cn.person.deceased"))
            let second = try await api.post(path + "/2/activation", api.compliance, "")
            #expect(second.status == 200 && second["state"] == "active" && second["activated_by"] == "compliance")
            #expect(try await api.decide(phone: "+8613912345678").rules.contains("cn.person.deceased"))
            let back = try await api.post(path + "/1/activation", api.operations, "")
            #expect(back.status == 409 && back["code"] == "older-version")
            #expect(try await api.post(path + "/1/activation?rollback=maybe", api.operations, "").status == 400)
            #expect(try await api.post(path + "/1/activation?rollback=true", api.operations, "").status == 403)
            #expect(try await api.post(path + "/1/activation?rollback=true", api.compliance, "").status == 200)
            #expect(try await api.decide().rules.contains("cn.person.deceased"))
            let shown = try await api.get("/v1/lists/deceased", api.compliance)
            #expect(
                shown.json["list"]?["active_version"]?.value == .number("1") && shown.json.list("versions").count == 2)
            #expect(try await api.get("/v1/lists", api.operations).json.list("lists").count == 5)
            #expect(try await api.get(path + "/2", api.compliance).status == 200)
            for missing in [
                "/v1/lists/none", path + "/9", path + "/x", path + "/9/rejects", "/v1/lists/none/versions/1",
            ] {
                #expect(try await api.get(missing, api.operations).status == 404)
            }
            #expect(try await api.post("/v1/lists/none/versions", api.operations, "1").status == 404)
            #expect(try await api.post(path + "/9/activation", api.operations, "").status == 404)
        }
    }

    @Test func aFileOfTheGateThatCannotBeReadIsNamed() async throws {
        try await withAPI { api in
            _ = try await api.post("/v1/lists/deceased/versions", api.operations, "+8613812345678\n")
            let file = api.folder + "/data/lists/deceased/1/meta.json"
            try Data("{}".utf8).write(to: URL(filePath: file))
            let reply = try await api.get("/v1/lists/deceased", api.operations)
            #expect(reply.status == 503 && reply.text.contains("meta.json` is damaged"), "\(reply.text)")
        }
    }

    @Test func aDryRunCountsAndKeepsNothing() async throws {
        try await withAPI { api in
            let path = "/v1/lists/deceased/versions"
            let lines = (0..<40).map { "138123456\($0 + 10)" }.joined(separator: "\n")
            let reply = try await api.post(path + "?dry_run=true", api.operations, lines + "\nnonsense\n")
            #expect(
                reply.status == 202 && reply.json["accepted"]?.value == .number("40")
                    && reply.json["rejected"]?.value == .number("1"))
            #expect(reply["state"] == "ready")
            #expect(try await api.post(path + "/1/activation", api.operations, "")["code"] == "not-ready")
            let rejects = try await api.get(path + "/1/rejects", api.operations)
            #expect(
                rejects.text.hasPrefix("line,column,reason") && rejects.text.contains("41,1,")
                    && !rejects.text.contains("nonsense"))
            #expect(try await api.get(path + "/1/rejects", api.compliance).status == 403)
        }
    }

    @Test func oneNumberMoreOnAnOwnListHoldsForTheNextCall() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let path = "/v1/lists/deceased/versions"
            let reply = try await api.post(path + "?mode=add&source=branch+letter", api.operations, "138 1234 5678\n")
            #expect(reply.status == 202 && reply["state"] == "active" && reply["mode"] == "add", "\(reply.text)")
            #expect(try await api.decide().rules.contains("cn.person.deceased"))
            #expect(try await api.decide(phone: "+8613912345678")["verdict"] == "allow")
            // Taking it off again waits for another person.
            let off = try await api.post(path + "?mode=remove", api.operations, "138 1234 5678\n")
            #expect(off["state"] == "ready" && off.json["effect"]?["removed"]?.value == .number("1"), "\(off.text)")
            #expect(try await api.post(path + "/2/activation", api.operations, "").status == 403)
            #expect(try await api.decide().rules.contains("cn.person.deceased"))
            #expect(try await api.post(path + "/2/activation", api.compliance, "").status == 200)
            #expect(try await api.decide()["verdict"] == "allow")
        }
    }

    @Test func anUploadThatIsNotWhatWasAnnouncedIsNeverActivated() async throws {
        try await withAPI { api in
            let path = "/v1/lists/deceased/versions"
            let wrong = try await api.post(
                path + "?sha256=" + String(repeating: "0", count: 64), api.operations, "13812345678\n")
            #expect(wrong["state"] == "rejected" && wrong["reason"]?.contains("SHA-256") == true, "\(wrong.text)")
            #expect(try await api.post(path + "/1/activation", api.compliance, "").status == 409)
            let folder = api.folder + "/data/lists/deceased/1"
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["meta.json"])
        }
    }

    @Test func aDryRunTellsWhomItWouldHaveStopped() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            for number in ["+8613812345678", "+8613812345679", "+8613812345670"] {
                #expect(try await api.decide(phone: number)["verdict"] == "allow")
            }
            let reply = try await api.post(
                "/v1/lists/deceased/versions?dry_run=true", api.operations, "13812345678\n13812345679\n13912345678\n")
            let effect = reply.json["effect"]
            #expect(
                effect?["added"]?.value == .number("3") && effect?["removed"]?.value == .number("0"), "\(reply.text)")
            #expect(effect?["would_have_denied"]?.value == .number("2"))
            #expect(effect?["calls_looked_at"]?.value == .number("3"))
            api.clock.advance(.days(8))
            let later = try await api.post(
                "/v1/lists/deceased/versions?dry_run=true", api.operations, "13812345678\n")
            #expect(later.json["effect"]?["calls_looked_at"]?.value == .number("0"))
        }
    }

    @Test(arguments: [
        "as_of=2026-11-20", "as_of=2027-01-01T00:00:00Z", "mode=swap", "dry_run=yes", "nothing=1", "mode=add&mode=add",
    ])
    func refusesAWrongUpload(_ query: String) async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/lists/deceased/versions?\(query)", api.operations, "13812345678\n")
            #expect(reply.status == 400)
        }
    }

    @Test func aFileThatIsMostlyWrongIsRejected() async throws {
        try await withAPI { api in
            let reply = try await api.post("/v1/lists/deceased/versions", api.operations, "a\nb\nc\n\0\n")
            #expect(reply.status == 202 && reply["state"] == "rejected" && reply["reason"] != nil)
            #expect(try await api.post("/v1/lists/deceased/versions/1/activation", api.operations, "").status == 409)
        }
    }

    @Test func aListIsDefinedOverTheInterface() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let body =
                "{\"title\":{\"en\":\"Branch list\",\"zh\":\"x\"},\"effect\":\"suppress\",\"purposes\":[\"all\"],\"region\":\"CN\",\"greatest_age\":\"31d\"}"
            let made = try await api.send(.put, "/v1/lists/branch", api.operations, body)
            #expect(made.status == 201 && made["name"] == "branch", "\(made.text)")
            let shown = try #require(try await api.get("/v1/lists/branch", api.operations).json["list"])
            #expect(shown["coverage"]?.string == "complete" && shown["greatest_age"]?.string == "31d")
            let hourly = try await api.send(
                .put, "/v1/lists/hourly", api.operations, #"{"coverage":"asked","greatest_age":"30h"}"#)
            // Without purposes it suppresses for every one.
            #expect(hourly["coverage"] == "asked" && hourly["greatest_age"] == "30h", "\(hourly.text)")
            #expect(hourly.json.list("purposes").map(\.string) == ["all"])
            #expect(FileManager.default.fileExists(atPath: api.folder + "/blocklists/branch/list.yaml"))
            #expect(try await api.send(.put, "/v1/lists/branch", api.operations, body).status == 200)
            _ = try await api.post("/v1/lists/branch/versions", api.operations, "13812345678\n")
            #expect(try await api.post("/v1/lists/branch/versions/1/activation", api.operations, "").status == 200)
            #expect(try await api.decide().kinds.contains("suppression"))
            let narrower = body.replacing("\"all\"", with: "\"survey\"")
            #expect(try await api.send(.put, "/v1/lists/branch", api.operations, narrower)["code"] == "list-in-force")
            #expect(try await api.send(.put, "/v1/lists/deceased", api.operations, narrower)["code"] == "kept-by-gate")
            #expect(try await api.send(.put, "/v1/lists/new", api.compliance, body).status == 403)
            for bad in [
                "{\"effect\":\"bless\"}", "{\"coverage\":\"some\"}", "{\"purposes\":[\"sell\"]}", "{\"purposes\":[]}",
                "[]", "{\"x\":1}",
                "{\"effect\":\"exempt\",\"needs_approval\":false}", "{\"kept_by_gate\":true}",
                "{\"greatest_age\":\"soon\"}",
            ] {
                #expect(try await api.send(.put, "/v1/lists/new", api.operations, bad).status == 400, "\(bad)")
            }
            for name in ["UPPER", "a%2F..%2Fb", "..", String(repeating: "a", count: 41)] {
                let reply = try await api.send(.put, "/v1/lists/\(name)", api.operations, body)
                #expect(reply.status == 400 || reply.status == 404)
            }
            #expect(try await api.get("/v1/lists", api.operations).json.list("lists").count == 7)
        }
    }

    @Test func anExemptListIsActivatedByAnotherPerson() async throws {
        try await withAPI { api in
            let endless = try await api.send(
                .put, "/v1/lists/vip", api.operations, #"{"effect":"exempt","region":"CN"}"#)
            #expect(endless.status == 400 && endless.text.contains("/greatest_age"), "\(endless.text)")
            let unnamed = try await api.send(
                .put, "/v1/lists/vip", api.operations, #"{"effect":"exempt","region":"CN","greatest_age":"31d"}"#)
            #expect(unnamed.status == 400 && unnamed.pointers == ["/purposes"], "\(unnamed.text)")
            let body = "{\"effect\":\"exempt\",\"purposes\":[\"service\"],\"region\":\"CN\",\"greatest_age\":\"31d\"}"
            let made = try await api.send(.put, "/v1/lists/vip", api.operations, body)
            #expect(made.status == 201, "\(made.text)")
            _ = try await api.post("/v1/lists/vip/versions", api.operations, "13812345678\n")
            #expect(try await api.post("/v1/lists/vip/versions/1/activation", api.operations, "").status == 403)
            #expect(try await api.post("/v1/lists/vip/versions/1/activation", api.compliance, "").status == 200)
        }
    }

    @Test func answersOfARegistryHoldAtOnce() async throws {
        try await withAPI { api in
            let body =
                "{\"effect\":\"suppress\",\"purposes\":[\"all\"],\"region\":\"CN\",\"coverage\":\"asked\",\"greatest_age\":\"31d\"}"
            let made = try await api.send(.put, "/v1/lists/asked", api.operations, body)
            #expect(made.status == 201, "\(made.text)")
            let first = try await api.post(
                "/v1/lists/asked/answers", api.operations, "phone,answer,received_at\n13812345678,no,2026-11-22\n")
            #expect(first.status == 202 && first["state"] == "active", "\(first.text)")
            let second = try await api.post(
                "/v1/lists/asked/answers", api.operations, "phone,answer\n13812345679,yes\n")
            #expect(second["state"] == "active", "\(second.text)")
            try await api.approveCallerID()
            #expect(try await api.decide(phone: "+8613812345679").kinds == "suppression")
            #expect(try await api.decide()["verdict"] == "allow")
            #expect(try await api.decide(phone: "+8613812345670").kinds == "freshness")
            // One that claims to come later than now would never age, and stand against every later answer.
            let ahead = try await api.post(
                "/v1/lists/asked/answers", api.operations, "phone,answer,received_at\n13812345679,no,2027-11-22\n")
            #expect(ahead["state"] == "rejected" && ahead.text.contains("lies in the future"), "\(ahead.text)")
            #expect(try await api.decide(phone: "+8613812345679").kinds == "suppression")
            // Without a time of its own an answer is of now, however old the list is.
            api.clock.advance(.days(3))
            func answer(_ row: String) async throws {
                let reply = try await api.post(
                    "/v1/lists/asked/answers", api.operations, "phone,answer,received_at\n13812345678,\(row)\n")
                #expect(reply["state"] == "active", "\(reply.text)")
            }
            try await answer("no,2026-11-25")
            #expect(try await api.decide()["verdict"] == "allow")
            try await answer("yes,")
            #expect(try await api.decide().kinds.contains("suppression"))
            #expect(
                try await api.post("/v1/lists/deceased/answers", api.operations, "phone,answer\n1,yes\n")["code"]
                    == "not-asked")
        }
    }
}
