import Documents
import Foundation
import Gate
import GateModel
import HTTPTypes
import Hummingbird
import Suppression

/// Suppression lists: what is in force and how old it is, their versions, and sending a new one.
enum ListPages {
    private static let uploaders = [Role.operations]

    static let routes: [Route] = [
        .get("/console/lists", Place.lists.roles, all),
        .get("/console/lists/{name}", Place.lists.roles) { try list($0) },
        .post("/console/lists/{name}/versions", uploaders, takes: .file, upload),
        .get("/console/lists/{name}/versions/{version}", Place.lists.roles) { try version($0) },
        .get("/console/lists/{name}/versions/{version}/rejects", uploaders, rejects),
        .post("/console/lists/{name}/versions/{version}/activation", Place.lists.roles, activate),
    ]

    // MARK: Looking

    @Sendable private static func all(_ visit: Visit) async throws -> Response {
        let rows = visit.gate.listStatuses().map { row($0, visit) }
        return visit.page("lists", "nav_lists", .lists, ["rows": rows])
    }

    private static func row(_ status: ListStatus, _ visit: Visit) -> Content {
        let definition = status.definition
        var row: Content = [
            "name": definition.name, "path": path(definition.name),
            "effect": visit.word("effect", definition.effect.rawValue),
            "purposes": definition.purposes.map { visit.word("purpose", $0) }.joined(separator: ", "),
            "entries": status.active.map { visit.count($0.entries) } ?? "–",
            "version": status.active.map { "\($0.number)" } ?? "–", "kept": definition.keptByGate,
        ]
        row["as_of"] = visit.time(status.active?.asOf)
        row["by"] = status.activation?.owner
        if let age = status.age {
            let percent = Int(age * 100)
            row["age"] =
                [
                    "percent": percent, "width": min(100, max(1, percent)),
                    "class": percent > 100 ? "bad" : percent > 80 ? "warn" : "good",
                ] as Content
        }
        let isMissing = status.activation == nil && !definition.keptByGate
        row["state"] = visit.say(
            status.problem != nil || isMissing
                ? "list_missing"
                : (status.age ?? 0) > 1 ? "list_stale" : (status.age ?? 0) > 0.8 ? "list_aging" : "list_fresh")
        row["state_class"] =
            status.problem != nil || isMissing || (status.age ?? 0) > 1
            ? "bad" : (status.age ?? 0) > 0.8 ? "warn" : "good"
        row["problem"] = status.problem.map(visit.translated)
        if let feed = status.feed {
            var shown: Content = ["error": visit.translated(feed.state.lastError ?? "")]
            shown["last"] = visit.time(feed.state.lastSuccess)
            shown["next"] = visit.time(feed.nextAttempt)
            row["feed"] = shown
        }
        return row
    }

    private static func path(_ name: String, _ version: Int? = nil) -> String {
        "/console/lists/\(Form.encoded(name))" + (version.map { "/versions/\($0)" } ?? "")
    }

    private static func status(_ visit: Visit) throws -> ListStatus {
        let name = try visit.parameter("name")
        guard let status = visit.gate.listStatuses().first(where: { $0.definition.name == name }) else {
            throw Refusal.notFound
        }
        return status
    }

    private static func list(_ visit: Visit) throws -> Response {
        let status = try status(visit)
        let name = status.definition.name
        let versions = try visit.gate.listVersions(name).sorted { $0.number > $1.number }
        let rows = versions.prefix(100).map { version -> Content in
            let shown = visit.gate.shown(version)
            var row: Content = [
                "number": version.number, "path": path(name, version.number),
                "state": visit.word("version", version.isDryRun ? "dry_run" : shown.state.rawValue),
                "mode": visit.word("list_mode", version.mode.rawValue), "entries": visit.count(version.entries),
                "rejected": visit.count(version.counts.rejected), "by": version.uploadedBy,
                "source": version.sourceName,
            ]
            row["at"] = visit.time(version.createdAt)
            return row
        }
        var content: Content = [
            "title": name, "list": [row(status, visit)], "versions": rows, "has_versions": !rows.isEmpty,
            "action": path(name) + "/versions", "uploads": try visit.key.role == .operations,
            "needs_approval": status.definition.needsApproval,
        ]
        // The newest on the right, as time is read; an index tells the whole list, a change does not.
        let trend = versions.filter { $0.index != nil && !$0.isDryRun }.prefix(12).reversed().map {
            Visit.Bar(label: "\($0.number) · \($0.asOf.rfc3339.prefix(10))", value: $0.entries)
        }
        if trend.count > 1 {
            content["trend"] = visit.bars(
                trend, caption: visit.say("trend"), label: visit.say("version"), value: visit.say("entries"))
        }
        return visit.page("list", "nav_lists", .lists, content)
    }

    private static func found(_ visit: Visit) throws -> ListVersion {
        guard let number = Int(try visit.parameter("version")) else { throw Refusal.notFound }
        return try visit.gate.listVersion(try visit.parameter("name"), number)
    }

    private static func version(_ visit: Visit, faults: [Content] = []) throws -> Response {
        let version = try found(visit)
        let shown = visit.gate.shown(version)
        let isWaiting = version.state == .receiving || version.state == .checking
        let active = visit.gate.registry.lists[version.list]?.version
        var content: Content = [
            "title": visit.say("version_of", "\(version.number)", version.list), "list_path": path(version.list),
            "list_name": version.list, "waiting": isWaiting, "progress": Int(shown.progress * 100),
            "state": visit.word("version", version.isDryRun ? "dry_run" : shown.state.rawValue),
            "mode": visit.word("list_mode", version.mode.rawValue), "source": version.sourceName,
            "uploaded_by": version.uploadedBy, "lines": visit.count(version.counts.lines),
            "accepted": visit.count(version.counts.accepted), "duplicates": visit.count(version.counts.duplicates),
            "rejected": visit.count(version.counts.rejected), "entries": visit.count(version.entries),
            "faults": faults, "has_faults": !faults.isEmpty,
            "rejects_path": path(version.list, version.number) + "/rejects",
            "action": path(version.list, version.number) + "/activation", "sha256": version.upload?.sha256 ?? "–",
            "can_activate": shown.state == .ready && !version.isDryRun,
            "is_older": active.flatMap { try? visit.gate.listVersion(version.list, $0) }.map { $0.asOf > version.asOf }
                ?? false,
            "is_mine": try version.uploadedBy == visit.key.owner,
        ]
        content["as_of"] = visit.time(version.asOf)
        content["created"] = visit.time(version.createdAt)
        content["reason"] = version.rejection.map(visit.translated)
        if let activation = shown.activation {
            var activated: Content = ["by": activation.owner]
            activated["at"] = visit.time(activation.at)
            content["activated"] = activated
        }
        if let effect = version.effect {
            content["effect"] = visit.bars(
                [
                    .init(label: visit.say("effect_added"), value: effect.added, style: "deny"),
                    .init(label: visit.say("effect_removed"), value: effect.removed, style: "allow"),
                ], caption: visit.say("effect"), label: visit.say("effect"), value: visit.say("entries"))
            if let denied = effect.wouldHaveDenied, let looked = effect.callsLookedAt {
                content["dry_run"] = visit.say("dry_run_effect", visit.count(denied), visit.count(looked))
            }
        }
        if version.counts.rejected > 0, try visit.key.role == .operations {
            content["rejects"] = ["rows": firstRejects(visit, version, most: 50)]
        }
        return visit.page("version", "nav_lists", .lists, status: faults.isEmpty ? .ok : .conflict, content)
    }

    /// Only places and reasons stand in the file, never what the row said.
    private static func firstRejects(_ visit: Visit, _ version: ListVersion, most: Int) -> [Content] {
        guard let file = FileHandle(forReadingAtPath: visit.gate.rejectsPath(version.list, version.number)),
            let data = try? file.read(upToCount: 1 << 14)
        else { return [] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().prefix(most)
        return lines.map { line in
            let cells = line.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            return [
                "line": cells.first ?? "", "column": cells.count > 1 ? cells[1] : "",
                "reason": cells.count > 2 ? visit.translated(cells[2].filter { $0 != "\"" }) : "",
            ]
        }
    }

    @Sendable private static func rejects(_ visit: Visit) async throws -> Response {
        let version = try found(visit)
        let path = visit.gate.rejectsPath(version.list, version.number)
        let bytes = FileManager.default.contents(atPath: path) ?? Data("line,column,reason\n".utf8)
        return visit.download(Array(bytes), "text/csv; charset=utf-8", "\(version.list)-\(version.number)-rejects.csv")
    }

    // MARK: Acting

    /// Takes the file as it comes, so that it may be of any size, and tells the script where its page is.
    @Sendable private static func upload(_ visit: Visit) async throws -> Response {
        let query = visit.query
        let name = try visit.parameter("name")
        let upload: ListUpload
        do {
            upload = try visit.gate.beginUpload(
                name, mode: query["mode"].flatMap(ListVersion.Mode.init(rawValue:)) ?? .replace,
                asOf: visit.instant(query["as_of"]), source: query["source"] ?? "upload", by: try visit.key.owner,
                isDryRun: query["dry_run"] == "true")
        } catch let error as GateError {
            let texts = visit.faults(error).compactMap { $0["detail"] as? String }
            return visit.json(.conflict) { $0.member("problem", texts.joined(separator: "; ")) }
        }
        do {
            for try await buffer in visit.request.body { try buffer.withUnsafeReadableBytes { try upload.take($0) } }
            if let announced = visit.request.headers[.contentLength].flatMap(Int.init), announced != upload.length {
                throw GateError.conflict(code: "truncated", detail: "the upload broke off")
            }
            let received = try upload.end()
            // Its page shows how far the check has come.
            visit.gate.checkLater(received)
            return visit.json(.accepted) { $0.member("place", path(name, received.number)) }
        } catch {
            upload.abandon("the upload broke off; send it again")
            return visit.json(.serviceUnavailable) { $0.member("problem", visit.say("upload_broke_off")) }
        }
    }

    @Sendable private static func activate(_ visit: Visit) async throws -> Response {
        let version = try found(visit)
        let result = await visit.gate.activate(
            version.list, version.number, rollback: visit.form["rollback"] == "true", by: try visit.key)
        switch result {
        case .success: return visit.redirect(path(version.list), notice: "activated", "\(version.number)")
        case .failure(let error): return try Self.version(visit, faults: visit.faults(error))
        }
    }
}

extension Visit {
    /// For the page's own script.
    func json(_ status: HTTPResponse.Status = .ok, _ body: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter()
        json.object(body)
        var response = Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
        response.secure()
        return response
    }

    /// A file to be kept. Its name is of letters, digits and `.-_`.
    func download(_ bytes: [UInt8], _ type: String, _ name: String) -> Response {
        var response = Response(
            status: .ok,
            headers: [.contentType: type, .contentDisposition: "attachment; filename=\"\(name)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.secure()
        return response
    }
}
