extension LoadedPolicy {
    /// Dialer → its code for a call's end → outcome, from `dispositions/NAME.csv` with the columns `disposition,outcome`.
    public var dispositions: [String: [String: String]] {
        var result: [String: [String: String]] = [:]
        for (path, bytes) in files.bytes where path.hasPrefix("dispositions/") && path.hasSuffix(".csv") {
            let name = String(path.dropFirst("dispositions/".count).dropLast(4))
            for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                guard fields.count >= 2, vocabulary.outcomes.contains(fields[1]) else { continue }
                result[name, default: [:]][fields[0]] = fields[1]
            }
        }
        return result
    }
}
