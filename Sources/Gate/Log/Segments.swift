import Calendars
import Documents
import Foundation
import GateModel
import Ledger
import Storage
import Transparency

/// Up to where the log is moved into a segment.
public enum SealingEnd: Sendable {
    /// Everything that is older.
    case before(Instant)
    /// An entry, by its sequence.
    case through(Int64)
}

extension Gate {
    /// The stretches of the log that stand in files of their own, the oldest first.
    public func segments() throws -> [Segment] { try store.read { try $0.segments() } }

    /// Why a segment cannot be read; nil where its file is in place.
    public func problem(of segment: Segment) -> String? {
        do {
            _ = try store.read { try $0.entries(after: segment.entries.lowerBound - 1, limit: 1) }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Moves the oldest entries into the next segment. Each is compared with the hash that is signed before anything is
    /// removed. Blocks; calls are decided meanwhile.
    ///
    /// - Returns: Nil where there is nothing to move, or another process moves entries just now.
    /// - Throws: ``LogTreeFault`` for entries that are not those signed, ``StorageError``.
    public func seal(_ end: SealingEnd) throws -> Segment? {
        var last: Int64
        switch end {
        case .through(let sequence): last = sequence
        case .before(let instant): last = try store.read { try $0.sequences(notBefore: [instant])[0] - 1 }
        }
        last = min(last, try store.read { try $0.head() } - 1)
        guard last > 0 else { return nil }
        if try tree.files.firstCheckpoint(covering: last) == nil { try tree.extend(isLast: true) }
        guard try tree.files.firstCheckpoint(covering: last) != nil else {
            throw StorageError.unavailable(
                "the entries are not signed yet; start the service, or try again in a second")
        }
        // Only what is indexed is moved.
        while Int64(try store.maintain()) > (try store.read { try $0.head() }) - last {}
        let files = tree.files
        return try store.seal(through: last) { entries in
            guard let first = entries.first else { return }
            let signed = try files.read(
                TreeFiles.level(0), at: (first.sequence - 1) * Int64(MerkleHash.count),
                count: entries.count * MerkleHash.count)
            for (place, entry) in entries.enumerated() {
                let own = signed.dropFirst(place * MerkleHash.count).prefix(MerkleHash.count)
                guard own.elementsEqual(MerkleHash.leaf(entry.core).bytes) else {
                    throw LogTreeFault.otherHistory(sequence: entry.sequence)
                }
            }
        }
    }

    /// Seals each month (of UTC) that ended so long ago, one segment each, on the thread of background work. Called about
    /// once a minute.
    public func sealIfDue(after age: Span) {
        guard let end = try? nextMonthEnd(), end <= now - age else { return }
        let isFree = sealing.withLock { isUnderWay in
            defer { isUnderWay = true }
            return !isUnderWay
        }
        guard isFree else { return }
        background.add("seal") { [self] job in
            defer { sealing.withLock { $0 = false } }
            do {
                while !job.isCancelled, let end = try nextMonthEnd(), end <= now - age,
                    let segment = try seal(.before(end))
                {
                    logger.info("segment \(segment.number) holds \(segment.entries.count) entries up to \(end.rfc3339)")
                }
            } catch {
                logger.error("no segment was sealed: \(error)")
            }
        }
    }

    /// The end of the month of the first entry that is in no segment.
    private func nextMonthEnd() throws -> Instant? {
        let first = try store.read { reading in
            try reading.entries(after: reading.segments().last?.entries.upperBound ?? 0, limit: 1).first
        }
        guard let first else { return nil }
        let day = CivilDate(daysSinceEpoch: Int32(try EntryCore(bytes: first.core).at.seconds / 86_400))
        let next = CivilDate(year: day.year, month: day.month, day: 1)?.adding(months: 1)
        return next.map { Instant(milliseconds: Int64($0.daysSinceEpoch) * 86_400_000) }
    }

    /// Drops the decisions and outcomes of a segment, where each is older than the policy keeps it and names nobody any more.
    /// The log says so first. Everything else in the segment stays. Blocks.
    public func dropSegment(_ number: Int64, reason: String, by key: APIKey) throws -> Result<Segment, GateError> {
        guard let segment = try segments().first(where: { $0.number == number && $0.state != .sealing }) else {
            return .failure(.notFound("there is no segment \(number)"))
        }
        guard segment.state == .sealed else {
            return .failure(.conflict(code: "dropped", detail: "segment \(number) is dropped already"))
        }
        if let refusal = try whyKept(segment) { return .failure(refusal) }
        let count = try store.read { try $0.frequentEntries(of: segment).all }
        let dropped = sequencer.submitBlocking { group -> Result<Bool, GateError> in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("reason", reason)
                json.member("owner", key.owner)
                json.member("segment", Int(segment.number))
                json.member("first", Int(segment.entries.lowerBound))
                json.member("last", Int(segment.entries.upperBound))
                json.member("entries", Int(count))
            }
            try group.transaction.drop(segment, count: count, by: id.sequence)
            try group.append(.segmentDrop, id, actor: key.id, json: json.bytes, found: [])
            return .success(true)
        }
        if case .failure(let error) = dropped { return .failure(error) }
        _ = try store.maintain()
        return .success(try segments().first { $0.number == number } ?? segment)
    }

    /// What stands against dropping a segment.
    private func whyKept(_ segment: Segment) throws -> GateError? {
        let (end, head) = try store.read { reading in
            (
                try reading.entries(after: segment.entries.upperBound - 1, limit: 1).first
                    .map { try EntryCore(bytes: $0.core).at } ?? .distantFuture,
                try reading.entry(reading.head()).map { try EntryCore(bytes: $0.core).at } ?? .distantPast
            )
        }
        let kept = configuration.policy.retentionEnd(of: RetentionClass.decision.records, at: head)
        guard let kept, end < kept else {
            return .conflict(
                code: "kept",
                detail: kept == nil
                    ? "no policy says how long decisions are kept (`retention`), so none are dropped"
                    : "its last entry is of \(end.rfc3339), and the policy keeps decisions longer")
        }
        _ = try store.expunge()
        let named = try store.read { try $0.frequentEntries(of: segment).named }
        guard named > 0 else { return nil }
        let holds = registry.holds(at: now)
        let first = try store.read { reading in
            try RetentionClass.decision.kinds.filter(\.isFrequent).flatMap { kind in
                try reading.removable(
                    kind, after: segment.entries.lowerBound - 1, through: segment.entries.upperBound, limit: 200)
            }
        }
        if let hold = first.lazy.flatMap(\.keys).compactMap({ holds[$0] }).first { return .held(by: hold) }
        return .conflict(
            code: "named",
            detail: "\(named) of its decisions and outcomes still name somebody; run `callgate retention run` first")
    }

    /// How many decisions and outcomes were dropped from the stretch of the log that a filter looks at.
    public func dropped(_ filter: DecisionFilter) async -> Int {
        let found: Result<Int, GateError> = await looking { reading, due in
            let range = try filter.query(self.keyFile.ledger, reading, due: due).range
            return .success(try reading.dropped(in: range).reduce(0) { $0 + Int($1.dropped) })
        }
        return (try? found.get()) ?? 0
    }
}

extension StoreReading {
    /// The segments in a stretch of the log of which decisions were dropped.
    func dropped(in stretch: Range<Int64>) throws -> [Segment] {
        try segments().filter { $0.dropped > 0 && stretch.overlaps(Range($0.entries)) }
    }

    /// What to answer for an entry that was dropped; nil where nothing was at its place. Whether there was one of that very id
    /// cannot be told any more.
    func wasDropped(_ id: EntryID) throws -> GateError? {
        try dropped(in: id.sequence..<id.sequence + 1).last.map { segment in
            .notFound(
                "the decisions of then were dropped with segment \(segment.number) of the log; nothing tells any more what they "
                    + "were")
        }
    }
}
