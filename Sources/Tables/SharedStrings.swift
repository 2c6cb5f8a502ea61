/// The texts that the cells of a workbook refer to by number, end to end in one array.
struct SharedStrings {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    /// None.
    init() {}

    init(_ reader: XMLReader) throws(TableFault) {
        var isText = false
        // How the text is spoken, which is not part of it.
        var phonetic = 0
        while true {
            switch try reader.next() {
            case .end: return
            case .open:
                isText = reader.name == "t"
                if reader.name == "rPh" { phonetic += 1 }
            case .close:
                if reader.name == "rPh" { phonetic -= 1 }
                if reader.name == "si" {
                    guard ends.count < TableLimits.sharedStrings else {
                        throw .tooManySharedStrings(limit: "\(TableLimits.sharedStrings)")
                    }
                    ends.append(UInt32(bytes.count))
                }
                isText = false
            case .text where isText && phonetic == 0:
                guard bytes.count + reader.text.count <= TableLimits.sharedStringBytes else {
                    throw .tooManySharedStrings(limit: "\(TableLimits.sharedStringBytes >> 20) MiB")
                }
                bytes += reader.text
            case .text: break
            }
        }
    }

    /// A text by its number, from 0; nil where there is none.
    subscript(index: Int) -> ArraySlice<UInt8>? {
        guard ends.indices.contains(index) else { return nil }
        return bytes[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }
}
