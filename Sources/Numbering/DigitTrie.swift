/// Finds what was stored under prefixes of a digit run, in as many steps as the longest prefix has digits.
struct DigitTrie: Sendable {
    private struct Entry: Sendable {
        var value: Int32
        /// The next entry of the same prefix, -1 for none.
        var next: Int32
    }

    /// Ten per node; 0 is no child, since nothing leads back to the root.
    private var children = [Int32](repeating: 0, count: 10)
    private var firstEntry: [Int32] = [-1]
    private var entries: [Entry] = []

    /// - Parameter prefixes: ASCII digits; each is found as the index of its list.
    init(_ prefixes: [[String]]) {
        for (value, list) in prefixes.enumerated() {
            for prefix in list { insert(value, at: prefix) }
        }
    }

    private mutating func insert(_ value: Int, at prefix: String) {
        var node = 0
        for byte in prefix.utf8 {
            let slot = node * 10 + Int(byte) - 48
            if children[slot] == 0 {
                children[slot] = Int32(firstEntry.count)
                children.append(contentsOf: repeatElement(0, count: 10))
                firstEntry.append(-1)
            }
            node = Int(children[slot])
        }
        entries.append(Entry(value: Int32(value), next: firstEntry[node]))
        firstEntry[node] = Int32(entries.count - 1)
    }

    /// Calls `visit` with every value whose prefix the digits begin with, shorter prefixes first.
    @inline(__always)
    func forEachMatch(of digits: DigitRun, _ visit: (Int) -> Void) {
        var node = 0
        var index = 0
        while true {
            var entry = firstEntry[node]
            while entry >= 0 {
                visit(Int(entries[Int(entry)].value))
                entry = entries[Int(entry)].next
            }
            guard index < digits.count else { return }
            node = Int(children[node * 10 + digits[index]])
            guard node != 0 else { return }
            index += 1
        }
    }
}
