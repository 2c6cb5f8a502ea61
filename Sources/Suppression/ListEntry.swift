import GateModel

/// One number of a list, with what is said of it.
public struct ListEntry: Hashable, Sendable {
    public let number: E164
    /// Without period and category for a plain entry.
    public let match: ListMatch
    /// Of an asked list only.
    public let answer: ListAnswer?
}

extension ListSnapshot {
    /// Every entry, where there are few and each names one number.
    ///
    /// - Parameter most: The greatest number of entries that are wanted.
    /// - Returns: Nil where there are more, or where one names a prefix or the version names what it covers.
    public func entries(atMost most: Int) -> [ListEntry]? {
        guard entryCount <= most, prefixes.count == 0, coveredPrefixes.isEmpty else { return nil }
        var result: [ListEntry] = []
        for view in views {
            for low in view.numbers {
                guard let number = E164(digits: UInt64(view.high) << 32 | UInt64(low)) else { continue }
                result.append(ListEntry(number: number, match: ListMatch(), answer: nil))
            }
        }
        for record in dated.all() {
            guard let number = E164(digits: record.number) else { continue }
            if coverage == .asked {
                result.append(ListEntry(number: number, match: ListMatch(), answer: answer(number)))
            } else {
                result.append(ListEntry(number: number, match: match(of: record), answer: nil))
            }
        }
        return result
    }
}
