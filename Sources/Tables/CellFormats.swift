/// Which of a workbook's cell styles show a number as a date or a time of day.
struct CellFormats {
    enum Kind { case number, date, time }

    private var kinds: [Kind] = []

    /// Every cell is a number.
    init() {}

    init(_ reader: XMLReader) throws(TableFault) {
        var codes: [Int: Kind] = [:]
        var isInside = false
        while true {
            switch try reader.next() {
            case .end: return
            case .open where reader.name == "numFmt":
                guard let id = reader.attribute("numFmtId").flatMap(Int.init) else { continue }
                codes[id] = Self.kind(of: reader.attribute("formatCode") ?? "")
            case .open where reader.name == "cellXfs": isInside = true
            case .close where reader.name == "cellXfs": isInside = false
            case .open where isInside && reader.name == "xf":
                let id = reader.attribute("numFmtId").flatMap(Int.init) ?? 0
                kinds.append(codes[id] ?? Self.builtIn(id))
            default: break
            }
        }
    }

    subscript(style: Int) -> Kind { kinds.indices.contains(style) ? kinds[style] : .number }

    /// Formats that need not be declared; 27 to 36 and 50 to 58 are those of East Asian programs.
    private static func builtIn(_ id: Int) -> Kind {
        switch id {
        case 14...17, 22, 27...31, 34...36, 50...54, 57, 58: .date
        case 18...21, 32, 33, 45...47, 55, 56: .time
        default: .number
        }
    }

    /// Looks for the letters of a date in the first section of a format, outside of quotes and brackets.
    static func kind(of code: String) -> Kind {
        var (isQuoted, isBracketed, isEscaped) = (false, false, false)
        var letters = Set<Character>()
        for character in code.lowercased() {
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isQuoted = character != "\""
            } else if isBracketed {
                isBracketed = character != "]"
            } else if character == "\"" {
                isQuoted = true
            } else if character == "[" {
                isBracketed = true
            } else if character == "\\" || character == "_" || character == "*" {
                isEscaped = true
            } else if character == ";" {
                break
            } else {
                letters.insert(character)
            }
        }
        if letters.contains("0") || letters.contains("#") || code.lowercased() == "general" { return .number }
        if letters.contains("y") || letters.contains("d") { return .date }
        if letters.contains("h") || letters.contains("s") { return .time }
        return letters.contains("m") ? .date : .number
    }
}
