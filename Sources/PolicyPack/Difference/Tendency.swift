/// Whether a change denies calls that passed, lets calls pass that were denied, or may do either; empty for none of it.
struct Tendency: OptionSet, Hashable {
    let rawValue: Int

    static let stricter = Tendency(rawValue: 1)
    static let looser = Tendency(rawValue: 2)
    /// It cannot be told.
    static let unknown = Tendency(rawValue: 4)

    var reversed: Tendency {
        var reversed = intersection(.unknown)
        if contains(.stricter) { reversed.formUnion(.looser) }
        if contains(.looser) { reversed.formUnion(.stricter) }
        return reversed
    }

    /// - Parameter meaning: What it is if the value grows.
    static func growing<T: Comparable>(_ a: T, _ b: T, means meaning: Tendency) -> Tendency {
        a == b ? [] : a < b ? meaning : meaning.reversed
    }

    /// - Parameter meaning: What it is if the switch is set.
    static func setting(_ a: Bool, _ b: Bool, means meaning: Tendency) -> Tendency {
        a == b ? [] : b ? meaning : meaning.reversed
    }

    /// - Parameter meaning: What it is if the set gains elements.
    static func gaining<T: Hashable>(
        _ a: some Sequence<T>, _ b: some Sequence<T>, means meaning: Tendency
    ) -> Tendency {
        let (a, b) = (Set(a), Set(b))
        var tendency: Tendency = []
        if !b.isSubset(of: a) { tendency.formUnion(meaning) }
        if !a.isSubset(of: b) { tendency.formUnion(meaning.reversed) }
        return tendency
    }

    /// The same where nil stands for every element there is.
    static func gaining<T: Hashable>(_ a: [T]?, _ b: [T]?, means meaning: Tendency) -> Tendency {
        switch (a, b) {
        case (nil, nil): []
        case (nil, _): meaning.reversed
        case (_, nil): meaning
        case (let a?, let b?): gaining(a, b, means: meaning)
        }
    }

    /// The same for a least or greatest value where nil stands for none.
    static func growing<T: Comparable>(_ a: T?, _ b: T?, means meaning: Tendency) -> Tendency {
        switch (a, b) {
        case (nil, nil): []
        case (nil, _): meaning.reversed
        case (_, nil): meaning
        case (let a?, let b?): growing(a, b, means: meaning)
        }
    }
}
