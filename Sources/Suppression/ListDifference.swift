extension ListSnapshot {
    /// How many entries this version has that another lacks, and the other way round.
    ///
    /// An entry with a period is missing where no entry of the same number and category, or without category, spans
    /// the whole of its period: an entry that lasts longer than before is added and not removed, one that ends earlier
    /// is removed and not added. Of an asked list, a number with another answer is both. A prefix and the numbers under
    /// it are not weighed against each other. For a list that suppresses, what is removed may become callable; for one
    /// that exempts, what is added.
    ///
    /// Both versions are to be whole: see ``verify()``. Linear in the entries, well under a second for 250 million plain
    /// ones.
    ///
    /// - Parameter other: The earlier version; nil is an empty list.
    public func difference(from other: ListSnapshot?) -> (added: Int, removed: Int) {
        let mine = views.reduce(0) { $0 + $1.count }
        guard let other else { return (mine + dated.count + prefixes.count, 0) }
        let theirs = other.views.reduce(0) { $0 + $1.count }
        let common = pairs(with: other).reduce(0) { $0 + $1.mine.countCommon(with: $1.theirs) }
        return (
            added: mine - common + missing(in: other), removed: theirs - common + other.missing(in: self)
        )
    }

    /// Whether another version has an entry that this one lacks, as ``difference(from:)`` counts them; stops at the
    /// first.
    public func dropsAnything(of other: ListSnapshot) -> Bool {
        let pairs = pairs(with: other)
        // Entries first: there are few of them.
        return other.missing(in: self, limit: 1) > 0 || pairs.count < other.views.count
            || pairs.contains { $0.mine.count < $0.theirs.count || !$0.theirs.isSubset(of: $0.mine) }
    }

    /// Bitmaps of the same high half.
    private func pairs(with other: ListSnapshot) -> [(mine: BitmapView, theirs: BitmapView)] {
        let theirs = Dictionary(uniqueKeysWithValues: other.views.map { ($0.high, $0) })
        return views.compactMap { mine in theirs[mine.high].map { (mine, $0) } }
    }

    /// Counts the entries with more than a number, and the prefixes, that another version lacks.
    ///
    /// - Parameter limit: Where the count may stop.
    private func missing(in other: ListSnapshot, limit: Int = .max) -> Int {
        var count = 0
        for isPrefix in [false, true] {
            let mine = isPrefix ? prefixes : dated
            let theirs = isPrefix ? other.prefixes : other.dated
            var place = 0
            for index in 0..<mine.count {
                guard count < limit else { return count }
                let record = mine[index]
                while place < theirs.count, theirs[place].number < record.number { place += 1 }
                let isKept =
                    isSpanned(record, by: theirs, from: place, of: other)
                    || !isPrefix && coverage != .asked && other.holdsPlain(record.number)
                if !isKept { count += 1 }
            }
        }
        return count
    }

    /// - Parameter place: Of the first record in the other version's table with this record's number, if any has it.
    private func isSpanned(
        _ record: ListRecord, by table: RecordTable, from place: Int, of other: ListSnapshot
    ) -> Bool {
        var place = place
        while place < table.count, table[place].number == record.number {
            let candidate = table[place]
            place += 1
            if coverage == .asked {
                if candidate.category == record.category { return true }
            } else if candidate.from <= record.from, record.until <= candidate.until {
                let word = other.category(of: candidate)
                if word == nil || word == category(of: record) { return true }
            }
        }
        return false
    }
}
