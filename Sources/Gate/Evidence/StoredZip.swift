/// A ZIP archive of files that are stored as they are, in one form only: names in the order of their bytes, no times, no
/// attributes, no further fields. So the same files always give the same bytes, and whatever is changed in between is
/// found by writing them again.
///
/// Source: PKWARE APPNOTE 6.3.10.
enum StoredZip {
    /// So that 32 bits hold every place. A bundle that is larger is refused.
    static let greatestSize = 1 << 30
    static let mostFiles = 65_000

    enum Fault: Error, Hashable {
        case notAnArchive
        case truncated
        case tooLarge
        /// A name that leads out of the folder into which somebody unpacks it, or that some system cannot have.
        case name(String)
        case twice(String)
        case order(String)
        case damaged(String)
        /// In another form than ``write(_:)`` gives, as every other program packs; the files may be whole.
        case anew(String)
    }

    static func write(_ files: [(name: String, bytes: [UInt8])]) throws(Fault) -> [UInt8] {
        guard files.count <= mostFiles,
            files.reduce(0, { $0 + $1.bytes.count + 2 * $1.name.utf8.count + 100 })
                < greatestSize
        else { throw .tooLarge }
        var (archive, directory): ([UInt8], [UInt8]) = ([], [])
        for file in files {
            guard isName(file.name) else { throw .name(file.name) }
            let name = Array(file.name.utf8)
            var common: [UInt8] = []
            // Version 2.0; names are UTF-8; stored; the first day that a ZIP can name.
            common.append(little: 20, 2)
            common.append(little: 0x0800, 2)
            common.append(little: 0, 2)
            common.append(little: 0x0021_0000, 4)
            common.append(little: Int(checksum(file.bytes)), 4)
            common.append(little: file.bytes.count, 4)
            common.append(little: file.bytes.count, 4)
            common.append(little: name.count, 2)
            common.append(little: 0, 2)
            directory.append(little: 0x0201_4B50, 4)
            directory.append(little: 20, 2)
            directory += common
            directory.append(little: 0, 10)
            directory.append(little: archive.count, 4)
            directory += name
            archive.append(little: 0x0403_4B50, 4)
            archive += common
            archive += name
            archive += file.bytes
        }
        let start = archive.count
        archive += directory
        archive.append(little: 0x0605_4B50, 4)
        archive.append(little: 0, 4)
        archive.append(little: files.count, 2)
        archive.append(little: files.count, 2)
        archive.append(little: directory.count, 4)
        archive.append(little: start, 4)
        archive.append(little: 0, 2)
        return archive
    }

    /// Reads an archive, and takes no other form than ``write(_:)`` gives. Nothing is allocated for what a length only
    /// claims.
    static func read(_ archive: [UInt8]) throws(Fault) -> [(name: String, bytes: [UInt8])] {
        guard archive.count <= greatestSize else { throw .tooLarge }
        guard archive.number(0, 4) == 0x0403_4B50 else { throw .notAnArchive }
        var files: [(name: String, bytes: [UInt8])] = []
        var place = 0
        while archive.number(place, 4) == 0x0403_4B50 {
            guard let size = archive.number(place + 22, 4), let length = archive.number(place + 26, 2),
                place + 30 + length <= archive.count
            else { throw .truncated }
            let body = place + 30 + length
            guard let name = String(validating: archive[place + 30..<body], as: UTF8.self), isName(name) else {
                let name = String(decoding: archive[place + 30..<body].prefix(100), as: UTF8.self)
                if name.last == "/", isName(String(name.dropLast())) { throw .anew("it has the folder `\(name)`") }
                throw .name(name)
            }
            if let what = otherForm(ofHeaderAt: place, in: archive) {
                throw .anew(what.replacing("{name}", with: "`\(name)`"))
            }
            guard size <= archive.count, body + size <= archive.count else { throw .truncated }
            if let last = files.last?.name {
                if last == name { throw .twice(name) }
                guard isBefore(last, name) else { throw .order(name) }
            }
            files.append((name, Array(archive[body..<body + size])))
            guard archive.number(place + 14, 4) == Int(checksum(files[files.count - 1].bytes)) else {
                throw .damaged("`\(name)` has another checksum")
            }
            place = body + size
        }
        guard archive.count >= place + 22, archive.number(archive.count - 22, 4) == 0x0605_4B50 else {
            throw .truncated
        }
        // Headers and directory say everything again; any other form is none of ours.
        let again = try write(files)
        guard again == archive else {
            let first = zip(again, archive).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            let byte = first ?? min(again.count, archive.count)
            throw .anew("its directory has another form, from byte \(byte) on")
        }
        return files
    }

    /// In what the header of a file differs from that of ``write(_:)``, checksum, sizes and name apart; `{name}` stands for
    /// the file.
    private static func otherForm(ofHeaderAt place: Int, in archive: [UInt8]) -> String? {
        if archive.number(place + 8, 2) != 0 { return "{name} is compressed" }
        if archive.number(place + 10, 4) != 0x0021_0000 { return "{name} has a time" }
        let isPlain =
            archive.number(place + 4, 2) == 20 && archive.number(place + 6, 2) == 0x0800
            && archive.number(place + 18, 4) == archive.number(place + 22, 4) && archive.number(place + 28, 2) == 0
        return isPlain ? nil : "the header of {name} has another form"
    }

    /// A relative path without steps upwards, which every system can unpack.
    static func isName(_ name: String) -> Bool {
        guard (1...240).contains(name.utf8.count) else { return false }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.value >= 0x20 && $0.value != 0x7F && !"\\:*?\"<>|".unicodeScalars.contains($0)
        }
        return isPlain
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }

    static func isBefore(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    /// CRC-32, reflected, of the polynomial 0x04C11DB7. Source: ISO/IEC 13239.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
        return ~value
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
}

extension [UInt8] {
    fileprivate mutating func append(little value: Int, _ count: Int) {
        for place in 0..<count { append(place < 8 ? UInt8(truncatingIfNeeded: value >> (8 * place)) : 0) }
    }

    /// A number of so many bytes, the lowest first; nil beyond the end.
    fileprivate func number(_ place: Int, _ count: Int) -> Int? {
        guard place >= 0, place + count <= self.count else { return nil }
        return (0..<count).reduce(0) { $0 | Int(self[place + $1]) << (8 * $1) }
    }
}
