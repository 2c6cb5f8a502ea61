import GateTesting
import Testing

@testable import Transparency

@Suite struct ReceiptTests {
    let log = try! NoteSigner(name: "gate.example/log", seed: [UInt8](1...32))

    func receipt(_ index: Int64, of size: Int64, holdsEntry: Bool = true) throws -> Receipt {
        let small = SmallLog(size: size)
        var view = small.view(size)
        let note = log.sign(try Checkpoint(origin: "gate.example/log", size: size, root: small.edge.root))
        return Receipt(
            entry: holdsEntry ? entry(index) : nil, index: index, path: try view.inclusionProof(of: index).path,
            checkpoint: note)
    }

    func verify(_ receipt: Receipt, entry: [UInt8]? = nil) throws -> VerifiedCheckpoint {
        try receipt.verify(entry: entry, origin: "gate.example/log", log: [log.verifierKey])
    }

    @Test(arguments: [(0, 1), (0, 2), (6, 7), (3, 7), (41, 70), (299, 300)] as [(Int64, Int64)])
    func aReceiptComesBackAndVerifies(index: Int64, size: Int64) throws {
        let receipt = try receipt(index, of: size)
        let read = try Receipt(bytes: receipt.bytes)
        #expect(read == receipt)
        #expect(try verify(read).checkpoint.size == size)
        let printed = try reference(["receipt", "\(log.verifierKey)"], input: receipt.bytes)
        #expect(String(decoding: printed, as: UTF8.self) == hexadecimal(entry(index)) + "\n")
    }

    @Test func aReceiptLooksAsTheSpecificationSays() throws {
        let receipt = try receipt(1, of: 3)
        let lines = receipt.description.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1" && lines[1] == "extra bGVhZiAx" && lines[2] == "index 1")
        #expect(lines[3] == "\(MerkleHash.leaf(entry(0)))" && lines[4] == "\(MerkleHash.leaf(entry(2)))")
        #expect(lines[5].isEmpty && lines[6] == "gate.example/log" && lines[7] == "3")
        #expect(
            lines.count == 12 && lines[9].isEmpty && lines[10].hasPrefix("— gate.example/log ") && lines[11].isEmpty)
    }

    @Test func everyChangedBitOfAReceiptIsRefused() throws {
        let bytes = try receipt(4, of: 6).bytes
        for bit in 0..<bytes.count * 8 {
            #expect(throws: TransparencyError.self, "bit \(bit)") {
                try verify(Receipt(bytes: bytes.flipping(bit: bit)))
            }
        }
    }

    @Test func everyCutReceiptIsRefused() throws {
        let bytes = try receipt(4, of: 6).bytes
        for count in 0..<bytes.count {
            #expect(throws: TransparencyError.self) { try Receipt(bytes: Array(bytes[..<count])) }
        }
    }

    @Test func theEntryMayTravelBeside() throws {
        let receipt = try Receipt(bytes: receipt(4, of: 6, holdsEntry: false).bytes)
        #expect(try verify(receipt, entry: entry(4)).checkpoint.size == 6)
        #expect(throws: TransparencyError.notIncluded(index: 4, size: 6)) { try verify(receipt, entry: entry(5)) }
        #expect(throws: TransparencyError.receiptWithoutEntry) { try verify(receipt) }
        // What is given and what is held must be one.
        #expect(throws: TransparencyError.notIncluded(index: 4, size: 6)) {
            try verify(self.receipt(4, of: 6), entry: entry(5))
        }
    }

    @Test func aReceiptOfAnotherPlaceOrLogIsRefused() throws {
        var receipt = try receipt(4, of: 6)
        receipt.index = 6
        #expect(throws: TransparencyError.notIncluded(index: 6, size: 6)) { try verify(receipt) }
        receipt.index = 4
        receipt.checkpoint = try self.receipt(4, of: 7).checkpoint
        #expect(throws: TransparencyError.notIncluded(index: 4, size: 7)) { try verify(receipt) }
        let other = try NoteSigner(name: "gate.example/log", seed: [UInt8](2...33))
        #expect(throws: TransparencyError.notSigned(by: "gate.example/log")) {
            try receipt.verify(origin: "gate.example/log", log: [other.verifierKey])
        }
    }

    static let head = "c2sp.org/tlog-proof@v1\n"
    static let hash = "\(MerkleHash.leaf([]))\n"

    @Test(
        arguments: [
            ("", .receiptLine(line: 1, .header)), ("c2sp.org/tlog-proof@v2\n", .receiptLine(line: 1, .header)),
            (head, .receiptLine(line: 2, .index)), (head + "4\n", .receiptLine(line: 2, .index)),
            (head + "index 04\n", .receiptLine(line: 2, .index)), (head + "index -4\n", .receiptLine(line: 2, .index)),
            (head + "index  4\n", .receiptLine(line: 2, .index)),
            (head + "extra AA\nindex 4\n", .receiptLine(line: 2, .extra)),
            (head + "index 4\nextra AAAA\n", .receiptLine(line: 3, .hash)),
            (head + "extra AAAA\nextra AAAA\n", .receiptLine(line: 3, .index)),
            (head + "index 4", .receiptLine(line: 3, .noCheckpoint)),
            (head + "index 4\n" + hash + "AAAA\n\n", .receiptLine(line: 4, .hash)),
            (head + "index 4\n" + hash.dropLast() + "\r\n\n", .receiptLine(line: 3, .hash)),
            (head + "index 4\n" + String(repeating: hash, count: 64), .receiptLine(line: 66, .tooManyHashes)),
            (head + "index 4\n\n", .noteEndsWithoutNewline), (head + "index 4\n\na\n", .noteWithoutBlankLine),
        ] as [(String, TransparencyError)])
    func aMalformedReceiptIsRefusedByName(text: String, error: TransparencyError) throws {
        #expect(throws: error) { try Receipt(bytes: Array(text.utf8)) }
        let good = Self.head + "index 4\n" + String(repeating: Self.hash, count: 63) + "\na\n\n— a AAAAAAA=\n"
        #expect(try Receipt(bytes: Array(good.utf8)).path.count == 63)
    }
}
