import GateModel
import Tables

/// The report as a page that needs nothing else: no script, no other file, every text escaped.
struct ReportPage {
    let say: Wording
    private var html = ""

    init(_ say: Wording) { self.say = say }

    private static let style = """
        body{font:14px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1d2430;\
        margin:2rem auto;max-width:80rem;padding:0 1rem}
        h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .4rem;border-bottom:1px solid #c9d1dc}
        table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0}
        th,td{border:1px solid #d7dde6;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        th{background:#eef1f6}td.n{text-align:right;font-variant-numeric:tabular-nums}
        .facts th{white-space:nowrap}.note{color:#55606f;max-width:60rem}pre{background:#f4f6f9;padding:.8rem;overflow:auto}
        .scroll{overflow-x:auto}.warn{background:#fff4d6;border:1px solid #e4c567;padding:.5rem .8rem}
        @media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}
        """

    mutating func begin(_ title: String, _ subtitle: String) {
        let language = say("en", "zh-CN")
        html += "<!DOCTYPE html>\n<html lang=\"\(language)\">\n<head>\n<meta charset=\"utf-8\">\n"
        html += "<meta name=\"viewport\" content=\"width=device-width\">\n"
        html +=
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        html += "<title>\(title.escaped)</title>\n<style>\(Self.style)</style>\n</head>\n<body>\n"
        html += "<h1>\(title.escaped)</h1>\n<p class=\"note\">\(subtitle.escaped)</p>\n"
    }

    mutating func warn(_ text: String) { html += "<p class=\"warn\">\(text.escaped)</p>\n" }

    mutating func heading(_ text: String) { html += "<h2>\(text.escaped)</h2>\n" }

    mutating func note(_ text: String) { html += "<p class=\"note\">\(text.escaped)</p>\n" }

    mutating func facts(_ rows: [(name: String, value: String)]) {
        html += "<table class=\"facts\">\n"
        for row in rows { html += "<tr><th scope=\"row\">\(row.name.escaped)</th><td>\(row.value.escaped)</td></tr>\n" }
        html += "</table>\n"
    }

    mutating func table(_ headings: [String], _ rows: [[CSVCell]]) {
        html += "<div class=\"scroll\"><table>\n<tr>"
        for heading in headings { html += "<th scope=\"col\">\(heading.escaped)</th>" }
        html += "</tr>\n"
        for row in rows {
            html += "<tr>"
            for cell in row {
                switch cell {
                case .text(let text): html += "<td>\((text ?? "").escaped)</td>"
                case .count(let count): html += "<td class=\"n\">\(count)</td>"
                }
            }
            html += "</tr>\n"
        }
        html += "</table></div>\n"
    }

    mutating func text(_ text: String) { html += "<pre>\(text.escaped)</pre>\n" }

    /// Ends the page and gives its bytes.
    mutating func end() -> [UInt8] {
        html += "</body>\n</html>\n"
        return Array(html.utf8)
    }
}

extension String {
    /// With what HTML would read as markup, in text as in attributes, written as references.
    fileprivate var escaped: String {
        var result = ""
        result.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // No other control character may stand in a page.
            case _ where scalar.value < 32 && scalar != "\n" && scalar != "\t": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
