import Ledger

/// Where a fact comes from, besides who recorded it: one more CBOR item after an entry's body, so that what reads the
/// body alone reads on as before.
struct Origin: Sendable, Hashable {
    /// The import's id.
    var batch: String?
    /// Line of its file.
    var row: Int?
    var evidence: String?

    init(batch: String? = nil, row: Int? = nil, evidence: String? = nil) {
        (self.batch, self.row, self.evidence) = (batch, row, evidence)
    }

    var bytes: [UInt8] {
        var writer = CBORWriter(capacity: 64)
        writer.array(3)
        writer.text(batch)
        writer.integer(row)
        writer.text(evidence)
        return writer.bytes
    }

    /// Nil for an entry that has none.
    init?(_ core: EntryCore) {
        switch core.kind {
        case .consent, .consentWithdrawal, .optOut, .relationship, .importedAttempt: break
        default: return nil
        }
        do {
            var reader = CBORReader(core.body)
            try reader.skip()
            guard !reader.isAtEnd else { return nil }
            try reader.array(3)
            (batch, row, evidence) = (
                try reader.optionalText(), try reader.optionalInteger(), try reader.optionalText()
            )
        } catch {
            return nil
        }
    }
}

extension Group {
    /// Names the evidence of the fact that is appended next; a row of an import begins anew.
    func cite(_ evidence: String?) {
        origin?.evidence = evidence
        if origin == nil, let evidence { origin = Origin(evidence: evidence) }
    }
}
