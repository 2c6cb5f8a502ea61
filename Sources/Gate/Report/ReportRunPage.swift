import Calendars
import GateModel
import Tables
import Transparency

/// The report for people.
extension ReportRun {
    func page(
        _ course: ReportCourse, _ files: [ReportFile], _ seal: (checkpoint: Checkpoint, note: SignedNote),
        _ cosigned: SignedNote?, _ span: Extent, _ zone: Zone, _ say: Wording
    ) -> [UInt8] {
        var page = ReportPage(say)
        page.begin(
            say("Outbound calling: periodic audit report", "外呼合规定期审计报告"),
            "\(request.from.local(in: zone)) – \(request.to.local(in: zone)) · \(zone.name)")
        if span.isProvisional {
            page.warn(
                say(
                    "Provisional: outcomes may still be reported in time. Make the report again later.",
                    "本报告为暂定：仍有外呼结果处于回传期限内，请稍后重新生成。"))
        }
        page.facts(facts(course, span, say))
        for table in ReportTable.allCases where table != .calls {
            page.heading(table.title(say))
            if let note = table.note(say) { page.note(note) }
            let (shown, all) = (course.tables.shown[table] ?? [], course.tables.rows(of: table))
            if shown.isEmpty {
                page.note(say("None.", "无。"))
            } else {
                page.table(table.headings(say), shown)
            }
            if all > shown.count {
                page.note(
                    say("The first \(shown.count) of \(all); all in ", "仅列前 \(shown.count) 条，共 \(all) 条，全部见 ")
                        + table.file)
            }
        }
        page.heading(say("Files", "文件"))
        page.note(
            say(
                "The list of calls is in calls.csv. manifest.json names every file with its hash; making this report is an "
                    + "entry of the log that holds the manifest's.",
                "外呼明细见 calls.csv。manifest.json 列出全部文件及其哈希；生成本报告已记入日志，并含该清单的哈希。"))
        page.table(
            [say("file", "文件"), say("rows", "行数"), "SHA-256"],
            files.map { [.text($0.name), $0.rows.map { .count($0) } ?? .text(nil), .text($0.sha256)] })
        page.heading(say("Checkpoint of the log that covers this report", "覆盖本报告的日志检查点"))
        page.facts([
            (say("size", "大小"), "\(seal.checkpoint.size)"), (say("root", "根哈希"), "\(seal.checkpoint.root)"),
        ])
        page.text("\(seal.note)")
        page.heading(say("What outside witnesses cosigned of it", "外部见证方的联署"))
        if let cosigned { page.text("\(cosigned)") } else { page.note(say("None.", "无。")) }
        return page.end()
    }

    private func facts(
        _ course: ReportCourse, _ span: Extent, _ say: Wording
    ) -> [(name: String, value: String)] {
        var facts: [(name: String, value: String)] = []
        func fact(_ english: String, _ chinese: String, _ value: String) {
            facts.append((say(english, chinese), value))
        }
        func rows(_ table: ReportTable) -> String { "\(course.tables.rows(of: table))" }
        let all = course.counts.all
        fact("decisions", "决定总数", "\(all.allowed + all.denied)")
        fact("allowed", "允许外呼", "\(all.allowed)")
        fact("denied", "禁止外呼", "\(all.denied)")
        fact("unreported attempts", "逾期未回传", "\(course.counts.unreportedCount)")
        fact("refusals", "客户拒绝", rows(.refusals))
        fact(
            "refusals: greatest delay from said to recorded (s)", "客户拒绝：表示至记录的最长延迟（秒）",
            course.refusals.greatest ?? "–")
        fact(
            "refusals recorded within 1 s / 1 min / 1 h / 24 h / later", "1秒/1分钟/1小时/24小时内/更久记录的拒绝",
            course.refusals.text)
        fact("complaints", "投诉", rows(.complaints))
        fact("of them with a step that was late", "其中有逾期事项的", "\(course.overdueComplaints)")
        fact("access to personal data", "个人信息访问", rows(.access))
        fact("changes", "变更", rows(.changes))
        fact("stops", "停呼", rows(.stops))
        fact("comparisons with call records", "话单核对", rows(.reconciliations))
        fact("entries of the log", "日志记录", "\(span.period.lowerBound)–\(span.period.upperBound - 1)")
        fact("erased persons' decisions", "已删除个人信息的决定", "\(course.erased)")
        return facts
    }
}
