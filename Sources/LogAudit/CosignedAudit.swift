/// Judges the checkpoints that witnesses cosigned: each must be one that the log itself keeps, with its signature, and the
/// cosignatures of the witnesses that are asked for must be right.
///
/// Give it each with the log's own checkpoint of that size; then `finish()`. Pure, a value.
public struct CosignedAudit: Sendable {
    /// What a witness was found to have cosigned.
    public struct Witnessed: Hashable, Sendable {
        public var name: String
        public var checkpoints = 0
        /// Of the newest of them: its entries, and when it was cosigned, in seconds since 1970.
        public var size: Int64 = 0
        public var seconds: Int64 = 0
    }

    private let origin: String
    private let keys: [AuditKey]
    private let witnesses: [WitnessKey]
    private var witnessed: [Witnessed]
    private var checkpoints = 0

    /// - Parameters:
    ///   - keys: The log's public keys, as `name+hash+key`.
    ///   - witnesses: The keys of the witnesses that are asked for. Others are ignored.
    /// - Returns: nil where a key is not one.
    public init?(origin: String, keys: [String], witnesses: [String]) {
        let (read, asked) = (keys.compactMap(AuditKey.init), witnesses.compactMap(WitnessKey.init))
        guard !read.isEmpty, read.count == keys.count, asked.count == witnesses.count else { return nil }
        (self.origin, self.keys, self.witnesses) = (origin, read, asked)
        witnessed = asked.map { Witnessed(name: $0.name) }
    }

    /// How many were given.
    public var count: Int { checkpoints }

    /// Takes the next cosigned checkpoint.
    ///
    /// - Parameter own: The log's own checkpoint of as many entries, which was found right; nil where it has none.
    public mutating func add(_ bytes: [UInt8], own: [UInt8]?) throws(AuditFault) {
        checkpoints += 1
        do throws(AuditFault) {
            let head = try SignedHead(
                bytes, number: checkpoints, origin: origin, keys: keys, witnesses: witnesses)
            guard let own, SignedHead.text(of: own) == SignedHead.text(of: bytes) else {
                throw .notOwn(number: checkpoints, size: head.size)
            }
            for (witness, seconds) in head.cosigned {
                witnessed[witness].checkpoints += 1
                witnessed[witness].size = head.size
                witnessed[witness].seconds = seconds
            }
        } catch {
            throw .cosigned(error)
        }
    }

    /// - Throws: ``AuditFault/noCosignature(witness:)`` for a witness that is asked for and cosigned nothing.
    public func finish() throws(AuditFault) -> [Witnessed] {
        if let none = witnessed.first(where: { $0.checkpoints == 0 }) { throw .noCosignature(witness: none.name) }
        return witnessed
    }
}
