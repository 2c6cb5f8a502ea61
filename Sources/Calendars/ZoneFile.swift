import GateModel

/// The contents of a TZif file, checked.
///
/// Source: RFC 9636 (October 2024), sections 3 and 4, versions 1 to 4.
struct ZoneFile {
    /// Seconds since the Unix epoch, ascending, without leap seconds; at each, the offset changes to its `offset`.
    var transitions: [(second: Int64, offset: Int)]
    /// Seconds east of UTC before the first transition.
    var initialOffset: Int
    /// What holds after the last transition; nil where the file does not say.
    var rule: ZoneRule?

    init(_ bytes: [UInt8]) throws(ZoneFault) {
        var reader = Reader(bytes: bytes)
        var header = try Header(&reader)
        if header.version > 1 {
            // The first block is for readers of 32 bits; its contents are to be ignored.
            try reader.skip(header.blockLength(timeSize: 4), "the first data block")
            let second = try Header(&reader)
            guard second.version == header.version else { throw ZoneFault("its two headers differ in version") }
            header = second
        }
        try header.check()
        let block = try Block(&reader, header)
        initialOffset = block.offsets[0]
        transitions = []
        transitions.reserveCapacity(header.timeCount)
        var leap = 0
        for (time, type) in zip(block.times, block.types) {
            while leap < block.leaps.count, block.leaps[leap].occurrence <= time { leap += 1 }
            let correction = leap == 0 ? 0 : Int64(block.leaps[leap - 1].correction)
            let (second, overflow) = time.subtractingReportingOverflow(correction)
            guard !overflow else { throw ZoneFault("a transition is out of range") }
            transitions.append((second, block.offsets[Int(type)]))
        }
        rule = header.version > 1 ? try ZoneFile.footer(&reader, version: header.version) : nil
        guard reader.isAtEnd else { throw ZoneFault("unexpected bytes at offset \(reader.index)") }
        if let rule, let last = transitions.last {
            // The RFC asks that the footer give this offset at that instant. `zic -b slim` breaks this for
            // America/Ojinaga, whose last change anticipates the rule's; the offset then holds until the rule's next.
            guard last.offset == (rule.constant ?? rule.standard) || last.offset == rule.daylight?.offset else {
                throw ZoneFault("its footer contradicts its last transition")
            }
        }
    }

    private static func footer(_ reader: inout Reader, version: Int) throws(ZoneFault) -> ZoneRule? {
        let newline = UInt8(ascii: "\n")
        guard try reader.byte("the footer") == newline else {
            throw ZoneFault("its footer does not begin with a new line")
        }
        var text: [UInt8] = []
        while true {
            let byte = try reader.byte("the footer")
            if byte == newline { break }
            guard (32...126).contains(byte) else { throw ZoneFault("its footer is not printable ASCII") }
            text.append(byte)
        }
        return text.isEmpty ? nil : try ZoneRuleParser.parse(text, version: version)
    }
}

/// The 44 bytes before each data block.
private struct Header {
    var version: Int
    var utIndicatorCount: Int
    var standardIndicatorCount: Int
    var leapCount: Int
    var timeCount: Int
    var typeCount: Int
    var characterCount: Int

    init(_ reader: inout Reader) throws(ZoneFault) {
        guard try reader.bytes(4, "the header") == Array("TZif".utf8) else { throw ZoneFault("it is not a TZif file") }
        switch try reader.byte("the header") {
        case 0: version = 1
        case UInt8(ascii: "2"): version = 2
        case UInt8(ascii: "3"): version = 3
        case UInt8(ascii: "4"): version = 4
        case let other: throw ZoneFault("its version byte \(other) is not known")
        }
        try reader.skip(15, "the header")
        utIndicatorCount = Int(try reader.unsigned32("the header"))
        standardIndicatorCount = Int(try reader.unsigned32("the header"))
        leapCount = Int(try reader.unsigned32("the header"))
        timeCount = Int(try reader.unsigned32("the header"))
        typeCount = Int(try reader.unsigned32("the header"))
        characterCount = Int(try reader.unsigned32("the header"))
    }

    func blockLength(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + characterCount + leapCount * (timeSize + 4)
            + standardIndicatorCount + utIndicatorCount
    }

    func check() throws(ZoneFault) {
        guard typeCount > 0 else { throw ZoneFault("it has no local time types") }
        guard characterCount > 0 else { throw ZoneFault("it has no designations") }
        guard standardIndicatorCount == 0 || standardIndicatorCount == typeCount else {
            throw ZoneFault("\(standardIndicatorCount) standard/wall indicators for \(typeCount) types")
        }
        guard utIndicatorCount == 0 || utIndicatorCount == typeCount else {
            throw ZoneFault("\(utIndicatorCount) UT/local indicators for \(typeCount) types")
        }
    }
}

/// A data block, as written in the file.
private struct Block {
    var times: [Int64] = []
    var types: [UInt8]
    var offsets: [Int] = []
    var leaps: [(occurrence: Int64, correction: Int32)] = []

    init(_ reader: inout Reader, _ header: Header) throws(ZoneFault) {
        let isWide = header.version > 1
        // Checked before anything of that size is allocated.
        try reader.require(header.blockLength(timeSize: isWide ? 8 : 4), "the data block")
        for _ in 0..<header.timeCount {
            let time = try reader.signed(isWide: isWide, "the transition times")
            guard times.last.map({ $0 < time }) ?? true else { throw ZoneFault("its transition times do not ascend") }
            times.append(time)
        }
        types = try reader.bytes(header.timeCount, "the transition types")
        guard types.allSatisfy({ $0 < header.typeCount }) else { throw ZoneFault("a transition names a missing type") }
        var designations: [Int] = []
        for _ in 0..<header.typeCount {
            let offset = Int(Int32(bitPattern: try reader.unsigned32("the local time types")))
            // The RFC recommends this range; the search around a local date relies on it.
            guard (-89_999...93_599).contains(offset) else {
                throw ZoneFault("its offset of \(offset) s is out of range")
            }
            offsets.append(offset)
            guard try reader.byte("the local time types") <= 1 else { throw ZoneFault("an isdst is neither 0 nor 1") }
            designations.append(Int(try reader.byte("the local time types")))
        }
        let characters = try reader.bytes(header.characterCount, "the designations")
        let lastEnd = characters.lastIndex(of: 0) ?? -1
        guard designations.allSatisfy({ $0 <= lastEnd }) else { throw ZoneFault("a designation does not end") }
        try readLeaps(&reader, header, isWide: isWide)
        let standard = try reader.bytes(header.standardIndicatorCount, "the indicators")
        let ut = try reader.bytes(header.utIndicatorCount, "the indicators")
        guard standard.allSatisfy({ $0 <= 1 }), ut.allSatisfy({ $0 <= 1 }) else {
            throw ZoneFault("an indicator is neither 0 nor 1")
        }
        for (index, value) in ut.enumerated() where value == 1 {
            guard index < standard.count, standard[index] == 1 else {
                throw ZoneFault("a UT indicator stands without its standard indicator")
            }
        }
    }

    private mutating func readLeaps(_ reader: inout Reader, _ header: Header, isWide: Bool) throws(ZoneFault) {
        for index in 0..<header.leapCount {
            let occurrence = try reader.signed(isWide: isWide, "the leap seconds")
            let correction = Int32(bitPattern: try reader.unsigned32("the leap seconds"))
            let isStep: Bool
            if let last = leaps.last {
                // 28 days, less the leap second; version 4 may cut the table, or let it expire, sooner.
                let spacing: Int64 = header.version >= 4 ? 1 : 2_419_199
                guard occurrence > last.occurrence, occurrence - last.occurrence >= spacing else {
                    throw ZoneFault("its leap seconds do not ascend")
                }
                let step = Int64(correction) - Int64(last.correction)
                // Version 4 may end its table with the date on which the table expires.
                isStep = abs(step) == 1 || (step == 0 && header.version >= 4 && index == header.leapCount - 1)
            } else {
                guard occurrence >= 0 else { throw ZoneFault("a leap second before 1970") }
                // Version 4 may begin its table late.
                isStep = abs(Int64(correction)) == 1 || header.version >= 4
            }
            guard isStep else { throw ZoneFault("a leap second changes the correction by other than one second") }
            leaps.append((occurrence, correction))
        }
    }
}

/// Takes big-endian numbers off the front of the file.
private struct Reader {
    let bytes: [UInt8]
    private(set) var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    func require(_ count: Int, _ part: String) throws(ZoneFault) {
        guard count <= bytes.count - index else { throw ZoneFault("it ends within \(part)") }
    }

    mutating func skip(_ count: Int, _ part: String) throws(ZoneFault) {
        try require(count, part)
        index += count
    }

    mutating func bytes(_ count: Int, _ part: String) throws(ZoneFault) -> [UInt8] {
        try skip(count, part)
        return Array(bytes[(index - count)..<index])
    }

    mutating func byte(_ part: String) throws(ZoneFault) -> UInt8 {
        try skip(1, part)
        return bytes[index - 1]
    }

    mutating func unsigned32(_ part: String) throws(ZoneFault) -> UInt32 {
        try skip(4, part)
        return bytes[(index - 4)..<index].reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func signed(isWide: Bool, _ part: String) throws(ZoneFault) -> Int64 {
        let high = try unsigned32(part)
        guard isWide else { return Int64(Int32(bitPattern: high)) }
        return Int64(bitPattern: UInt64(high) << 32 | UInt64(try unsigned32(part)))
    }
}
