/// From how many entries something is gone by which entry, and how many each says that there are.
struct Removals {
    private var gone: [Int64: Int] = [:]
    private var claims: [Int64: Int] = [:]

    mutating func take(by remover: Int64) { gone[remover, default: 0] += 1 }
    mutating func take(_ claim: RemovalClaim, of sequence: Int64) { claims[sequence] = claim.entries }

    mutating func add(_ dropped: [Int64: Int]) { gone.merge(dropped, uniquingKeysWith: +) }

    mutating func add(_ other: Removals) {
        gone.merge(other.gone, uniquingKeysWith: +)
        claims.merge(other.claims) { $1 }
    }

    /// The first entry whose claim does not hold. What was removed after the verification began is not judged.
    func fault(upTo head: Int64) -> LogVerification.Finding? {
        for remover in Set(gone.keys).union(claims.keys).sorted() where remover <= head {
            let (found, said) = (gone[remover, default: 0], claims[remover, default: 0])
            guard found != said else { continue }
            return LogVerification.Finding(
                sequence: remover,
                text: "entry \(remover) says that it removed something of \(said) entries, "
                    + "and of \(found) it is gone by it")
        }
        return nil
    }
}
