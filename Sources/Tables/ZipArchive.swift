import CZlib

/// The files inside a zip archive, as its directory at the end lists them. Source: PKWARE APPNOTE 6.3.10.
struct ZipArchive: Sendable {
    struct Entry: Hashable, Sendable {
        var isEncrypted: Bool
        var isDeflated: Bool
        var checksum: UInt32
        var packed: Int
        var size: Int
        var header: Int
    }

    static let what = "workbook"
    private static let endLength = 22
    let file: OpenFile
    private(set) var entries: [String: Entry] = [:]

    init(_ file: OpenFile) throws(TableFault) {
        self.file = file
        let tail = max(0, file.size - Self.endLength - 0xFFFF)
        let end = try LittleEndian(file.bytes(tail..<file.size, of: Self.what))
        // The comment behind it reaches to the end of the file, or the file was cut.
        let place = stride(from: end.bytes.count - Self.endLength, through: 0, by: -1).first {
            end.number($0, 4) == 0x0605_4B50 && $0 + Self.endLength + end.number($0 + 20, 2) == end.bytes.count
        }
        guard let place else { throw .truncated(Self.what) }
        var (count, length, start) = (end.number(place + 10, 2), end.number(place + 12, 4), end.number(place + 16, 4))
        guard end.number(place + 4, 2) == 0 || end.number(place + 4, 2) == 0xFFFF else {
            throw Self.damaged("it is one part of several")
        }
        if count == 0xFFFF || length == 0xFFFF_FFFF || start == 0xFFFF_FFFF,
            let wide = try Self.wideDirectory(file, before: tail + place)
        {
            (count, length, start) = wide
        }
        guard count <= TableLimits.archiveEntries, length <= TableLimits.archiveDirectory else {
            throw Self.damaged("it lists more files than any workbook has")
        }
        guard start <= tail + place, length <= tail + place - start else { throw .truncated(Self.what) }
        try readDirectory(LittleEndian(file.bytes(start..<(start + length), of: Self.what)), count: count)
    }

    /// Where the directory is when 32 bits do not hold it; nil where nothing says so.
    private static func wideDirectory(
        _ file: OpenFile, before end: Int
    ) throws(TableFault) -> (count: Int, length: Int, start: Int)? {
        guard end >= 20 else { return nil }
        let locator = try LittleEndian(file.bytes((end - 20)..<end, of: what))
        guard locator.number(0, 4) == 0x0706_4B50 else { return nil }
        let place = locator.number(8, 8)
        guard place <= end - 76 else { throw damaged("its directory lies outside") }
        let record = try LittleEndian(file.bytes(place..<(place + 56), of: what))
        guard record.number(0, 4) == 0x0606_4B50 else { throw damaged("its directory lies elsewhere") }
        return (record.number(32, 8), record.number(40, 8), record.number(48, 8))
    }

    private mutating func readDirectory(_ directory: LittleEndian, count: Int) throws(TableFault) {
        var place = 0
        for _ in 0..<count {
            guard place + 46 <= directory.bytes.count, directory.number(place, 4) == 0x0201_4B50 else {
                throw Self.damaged("its directory is broken")
            }
            let nameEnd = place + 46 + directory.number(place + 28, 2)
            let extraEnd = nameEnd + directory.number(place + 30, 2)
            guard extraEnd <= directory.bytes.count else { throw Self.damaged("its directory is broken") }
            let name = String(decoding: directory.bytes[(place + 46)..<nameEnd], as: UTF8.self)
            let method = directory.number(place + 10, 2)
            var entry = Entry(
                isEncrypted: directory.number(place + 8, 2) & 1 == 1, isDeflated: method == 8,
                checksum: UInt32(directory.number(place + 16, 4)), packed: directory.number(place + 20, 4),
                size: directory.number(place + 24, 4), header: directory.number(place + 42, 4))
            widen(&entry, by: directory, nameEnd..<extraEnd)
            guard method == 0 || method == 8 else { throw Self.damaged("a file in it is packed in an unusual way") }
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw Self.damaged("it holds one file twice")
            }
            place = extraEnd + directory.number(place + 32, 2)
        }
    }

    /// Takes the numbers that 32 bits do not hold from the extra field.
    private func widen(_ entry: inout Entry, by directory: LittleEndian, _ range: Range<Int>) {
        var place = range.lowerBound
        while place + 4 <= range.upperBound {
            let end = min(range.upperBound, place + 4 + directory.number(place + 2, 2))
            if directory.number(place, 2) == 1 {
                place += 4
                for field in [\Entry.size, \Entry.packed, \Entry.header] where entry[keyPath: field] == 0xFFFF_FFFF {
                    guard place + 8 <= end else { return }
                    entry[keyPath: field] = directory.number(place, 8)
                    place += 8
                }
                return
            }
            place = end
        }
    }

    /// Opens a file of the archive; nil where there is none of that name.
    func open(_ name: String) throws(TableFault) -> ZipEntrySource? {
        guard let entry = entries[name] else { return nil }
        guard !entry.isEncrypted else { throw .unsupported(.oldWorkbook) }
        guard entry.size <= TableLimits.longestText else { throw .tooLong(limit: TableLimits.longestText) }
        guard entry.header <= file.size - 30 else { throw .truncated(Self.what) }
        let header = try LittleEndian(file.bytes(entry.header..<(entry.header + 30), of: Self.what))
        let nameEnd = entry.header + 30 + header.number(26, 2)
        let start = nameEnd + header.number(28, 2)
        guard header.number(0, 4) == 0x0403_4B50, start <= file.size, entry.packed <= file.size - start,
            try file.bytes((entry.header + 30)..<nameEnd, of: Self.what) == Array(name.utf8)
        else { throw Self.damaged("its directory names a place where no such file is") }
        return ZipEntrySource(FileSource(file, start..<(start + entry.packed)), entry)
    }

    static func damaged(_ reason: String) -> TableFault { .damaged(what, reason: reason) }
}

/// Numbers of several bytes, the lowest first.
private struct LittleEndian {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// At most 8 bytes long; one that does not fit into an `Int` gives the greatest.
    func number(_ place: Int, _ length: Int) -> Int {
        var result: UInt64 = 0
        for index in (place..<(place + length)).reversed() { result = result << 8 | UInt64(bytes[index]) }
        return Int(clamping: result)
    }
}

/// One file of a zip archive, unpacked and checked.
final class ZipEntrySource: ByteSource {
    private let packed: FileSource
    private let inflater: Inflater?
    private let entry: ZipArchive.Entry
    private var growth = GrowthLimit()
    private var checksum: UInt = 0
    private var count = 0
    private var isDone = false

    init(_ packed: FileSource, _ entry: ZipArchive.Entry) {
        self.packed = packed
        self.entry = entry
        inflater = entry.isDeflated ? Inflater(packed, windowBits: -15, what: ZipArchive.what) : nil
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        while !isDone {
            var read = 0
            if let inflater {
                let (count, step) = try inflater.step(into: buffer)
                (read, isDone) = (count, step == .end)
            } else {
                read = try packed.read(into: buffer)
                isDone = read == 0
            }
            count += read
            try growth.count(read, of: inflater?.taken ?? count)
            guard count <= entry.size else { throw ZipArchive.damaged("a file in it is longer than it says") }
            checksum = crc32(checksum, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(read))
            if isDone, count != entry.size || UInt32(checksum) != entry.checksum {
                throw ZipArchive.damaged("a file in it is not what was packed")
            }
            if read > 0 { return read }
        }
        return 0
    }
}
