import GateModel

/// An entry with more than a number, as it lies in the index: 32 bytes, sorted by number.
struct ListRecord: Hashable, BitwiseCopyable {
    /// Digits of a number or of a prefix.
    var number: UInt64
    /// Milliseconds; ``unbounded`` reads as "since ever".
    var from: Int64
    /// Milliseconds; ``endless`` reads as "for ever".
    var until: Int64
    /// Place in the table of categories, or ``noCategory``. For an answer, place in `ListAnswer.Value.allCases`.
    var category: UInt32
    var reserved: UInt32 = 0

    static let unbounded = Int64.min
    static let endless = Int64.max
    static let noCategory = UInt32.max

    init(number: UInt64, from: Instant? = nil, until: Instant? = nil, category: UInt32 = Self.noCategory) {
        self.number = number
        self.from = from?.milliseconds ?? Self.unbounded
        self.until = until?.milliseconds ?? Self.endless
        self.category = category
    }

    var isPlain: Bool { from == Self.unbounded && until == Self.endless && category == Self.noCategory }

    /// Sorts by number and joins the periods of one number and category that touch or overlap.
    static func joined(_ records: [ListRecord]) -> [ListRecord] {
        var result: [ListRecord] = []
        result.reserveCapacity(records.count)
        for record in records.sorted(by: { ($0.number, $0.category, $0.from) < ($1.number, $1.category, $1.from) }) {
            if let last = result.last, last.number == record.number, last.category == record.category,
                record.from <= last.until
            {
                result[result.count - 1].until = max(last.until, record.until)
            } else {
                result.append(record)
            }
        }
        return result
    }

    /// Sorts by number and keeps each number's last answer; of two at the same instant, the stricter.
    static func latest(_ answers: [ListRecord]) -> [ListRecord] {
        func strictness(_ record: ListRecord) -> Int { ListAnswer.Value(record: record)?.strictness ?? 0 }
        var result: [ListRecord] = []
        result.reserveCapacity(answers.count)
        for record in answers.sorted(by: {
            ($0.number, $0.from, strictness($0)) < ($1.number, $1.from, strictness($1))
        }) {
            if result.last?.number == record.number { result.removeLast() }
            result.append(record)
        }
        return result
    }
}

extension ListAnswer.Value {
    init?(record: ListRecord) {
        guard record.category < Self.allCases.count else { return nil }
        self = Self.allCases[Int(record.category)]
    }

    var recordCategory: UInt32 { UInt32(Self.allCases.firstIndex(of: self) ?? 0) }
}

/// Sorted records in mapped memory.
struct RecordTable {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count / MemoryLayout<ListRecord>.stride }

    subscript(index: Int) -> ListRecord {
        bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<ListRecord>.stride, as: ListRecord.self)
    }

    /// The records of one number; empty where there is none. Logarithmic in the table's length.
    func range(of number: UInt64) -> Range<Int> {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].number < number { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < count, self[end].number == number { end += 1 }
        return low..<end
    }

    func all() -> [ListRecord] { (0..<count).map { self[$0] } }
}
