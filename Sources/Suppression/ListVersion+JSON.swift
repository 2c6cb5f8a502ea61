import FoundationEssentials

extension ListVersion {
    /// Stable text: keys sorted, one a line, so that two versions can be compared by eye.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Strings and whole numbers only: encoding them cannot fail.
        guard let data = try? encoder.encode(self) else { preconditionFailure("version is not encodable") }
        return Array(data) + [10]
    }

    /// Nil for anything that ``json`` does not write.
    init?(json: UnsafeRawBufferPointer) {
        guard let version = try? JSONDecoder().decode(ListVersion.self, from: Data(json)) else { return nil }
        self = version
    }
}
