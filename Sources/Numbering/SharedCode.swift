/// A calling code that several regions share: the area code says whose plan a number falls under.
struct SharedCode: Sendable {
    let callingCode: Int
    private let digits: Int
    private let byAreaCode: DigitTrie
    /// The plan of each list of area codes.
    private let plans: [Int]

    /// One for each shared calling code of which a plan has area codes.
    static func all(_ plans: [NumberPlan], _ indices: [PlanIndex]) -> [SharedCode] {
        let members = plans.indices.filter { !indices[$0].isOnlyRegion && !plans[$0].areaCodes.isEmpty }
        return Dictionary(grouping: members) { plans[$0].callingCode }.sorted { $0.key < $1.key }.map { code, members in
            SharedCode(
                callingCode: code, digits: String(code).utf8.count,
                byAreaCode: DigitTrie(members.map { plans[$0].areaCodes.map(\.prefix) }), plans: members)
        }
    }

    /// The plan with the longest area code that an international number has behind its calling code.
    func plan(of international: DigitRun) -> Int? {
        var found = -1
        let national = international.dropFirst(digits)
        byAreaCode.forEachMatch(of: national) { found = $0 }
        if found < 0, national.count > 1, national[0] == 0 {
            byAreaCode.forEachMatch(of: national.dropFirst(1)) { found = $0 }
        }
        return found < 0 ? nil : plans[found]
    }
}
