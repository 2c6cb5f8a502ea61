/// A workbook's sheets and what its cells refer to. Source: ECMA-376 (Office Open XML), parts 1 and 2.
struct Workbook: Sendable {
    struct Sheet: Hashable, Sendable {
        var name: String
        var isHidden: Bool
        var part: String
    }

    /// In the order of the tabs; only those that hold cells.
    private(set) var sheets: [Sheet] = []
    private let archive: ZipArchive
    private var sharedStrings: String?
    private var styles: String?
    private var countsFrom1904 = false

    /// Opens the archive and finds the sheets; says what else it is where it is no workbook.
    init(_ file: OpenFile) throws(TableFault) {
        archive = try ZipArchive(file)
        guard let main = try relations(of: "").first(where: { $0.type.hasSuffix("/officeDocument") })?.target else {
            throw .unsupported(try isOpenDocument() ? .openDocument : .zip)
        }
        guard !main.hasSuffix(".bin") else { throw .unsupported(.binaryWorkbook) }
        let relations = try relations(of: main)
        let reader = try reader(main)
        var event = try reader.next()
        while event != .open, event != .end { event = try reader.next() }
        guard reader.name == "workbook" else { throw .unsupported(.officeDocument) }
        while event != .end {
            event = try reader.next()
            guard event == .open else { continue }
            if reader.name == "workbookPr" {
                countsFrom1904 = ["1", "true", "on"].contains(reader.attribute("date1904") ?? "")
            } else if reader.name == "sheet", let name = reader.attribute("name"), let id = reader.attribute("id"),
                let relation = relations.first(where: { $0.id == id }), relation.type.hasSuffix("/worksheet")
            {
                let state = reader.attribute("state") ?? "visible"
                sheets.append(Sheet(name: name, isHidden: state != "visible", part: relation.target))
            }
        }
        sharedStrings = relations.first { $0.type.hasSuffix("/sharedStrings") }?.target
        styles = relations.first { $0.type.hasSuffix("/styles") }?.target
    }

    /// Hands a sheet out as CSV: one row, one line.
    ///
    /// - Parameter name: Nil takes the first sheet that is not hidden.
    func read(sheet name: String?, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let sheet: Sheet
        if let name {
            guard let named = sheets.first(where: { $0.name == name }) else {
                // A sheet may be called by a number.
                let shown = sheets.map(\.name).filter { $0.count(where: \.isNumber) < 5 }
                throw TableFault.noSuchSheet(name, found: shown)
            }
            sheet = named
        } else {
            guard let visible = sheets.first(where: { !$0.isHidden }) else { throw TableFault.noVisibleSheet }
            sheet = visible
        }
        let strings = try sharedStrings.map { part throws(TableFault) in try SharedStrings(try reader(part)) }
        let formats = try styles.map { part throws(TableFault) in try CellFormats(try reader(part)) }
        let values = CellValues(
            strings: strings ?? SharedStrings(), formats: formats ?? CellFormats(), countsFrom1904: countsFrom1904)
        try SheetReader(try reader(sheet.part), values: values).read(body)
    }

    private func reader(_ part: String) throws(TableFault) -> XMLReader {
        guard let source = try archive.open(part) else { throw ZipArchive.damaged("`\(part)` is missing") }
        return XMLReader(source, part: part)
    }

    private func relations(
        of part: String
    ) throws(TableFault) -> [(id: String, type: String, target: String)] {
        let folder = part.lastIndex(of: "/").map { String(part[...$0]) } ?? ""
        let path = "\(folder)_rels/\(part.dropFirst(folder.count)).rels"
        guard let source = try archive.open(path) else { return [] }
        let reader = XMLReader(source, part: path)
        var result: [(String, String, String)] = []
        while true {
            switch try reader.next() {
            case .end: return result
            case .open where reader.name == "Relationship" && reader.attribute("TargetMode") != "External":
                guard let id = reader.attribute("Id"), let type = reader.attribute("Type"),
                    let target = reader.attribute("Target")
                else { continue }
                guard result.count < TableLimits.archiveEntries else { throw ZipArchive.damaged("too many relations") }
                result.append((id, type, resolved(target, in: folder)))
            default: break
            }
        }
    }

    /// A path in the archive, of one that is relative to a folder or begins with a slash.
    private func resolved(_ target: String, in folder: String) -> String {
        var parts: [Substring] = []
        for part in (target.hasPrefix("/") ? target : folder + target).split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    private func isOpenDocument() throws(TableFault) -> Bool {
        guard let source = try archive.open("mimetype") else { return false }
        var start = [UInt8](repeating: 0, count: 39)
        _ = try start.withUnsafeMutableBytes { buffer in
            Result { () throws(TableFault) in try source.fill(buffer) }
        }.get()
        return start.starts(with: "application/vnd.oasis.opendocument".utf8)
    }
}
