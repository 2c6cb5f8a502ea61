import GateModel
import Synchronization

/// A shortcut for files with millions of numbers: reads bytes, makes no text of them, and answers only what it knows.
///
/// What it answers is what ``NumberReader/callable(_:region:)`` answers. A plan decides by itself. Numbers of North
/// America, which are assigned in blocks of 10,000, are decided by libphonenumber once for each block: by the first
/// number that is seen, and by the block's ends. Any number of callers may read at once.
public final class BulkNumbers: Sendable {
    private let reader: NumberReader
    private let home: PlanIndex?
    private let northAmerica: NorthAmericanBlocks?

    /// - Parameter region: As in ``NumberReader/callable(_:region:)``.
    public init(_ reader: NumberReader, region: String?) {
        self.reader = reader
        let region = reader.known(region ?? reader.defaultRegion)
        home = region.flatMap(reader.plan(ofRegion:))
        northAmerica = reader.hasPlan(ofCallingCode: 1) ? nil : NorthAmericanBlocks(reader, region: region)
    }

    /// The callable number that ASCII digits with at most a plus, spaces, hyphens and round brackets give.
    ///
    /// Nil says nothing: ask ``NumberReader/callable(_:region:)``.
    public func callable(_ bytes: UnsafeRawBufferPointer) -> E164? {
        var digits = DigitRun()
        var isInternational = false
        for byte in bytes {
            switch byte {
            case 48...57: guard digits.append(Int(byte) - 48) else { return nil }
            case UInt8(ascii: "+"):
                guard digits.count == 0, !isInternational else { return nil }
                isInternational = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"): break
            default: return nil
            }
        }
        guard digits.count > 0 else { return nil }
        return reader.callableByPlan(digits, isInternational: isInternational, home: home)
            ?? northAmerica?.callable(digits, isInternational: isInternational)
    }
}

/// What libphonenumber said of blocks `NPA NXX` of the North American plan, asked as numbers of them turn up.
private final class NorthAmericanBlocks: Sendable {
    private enum Form: Int, CaseIterable {
        case international, national, nationalWithPrefix
    }

    private enum State: UInt8 {
        case unknown, callable, other
    }

    private let reader: NumberReader
    private let region: String?
    private let isHome: Bool
    /// For each form a million blocks, from the first such number on.
    private let states = Mutex<[[UInt8]]>(Array(repeating: [], count: Form.allCases.count))

    init(_ reader: NumberReader, region: String?) {
        self.reader = reader
        self.region = region
        isHome = region.map { Library.callingCode(of: $0) == 1 } ?? false
    }

    func callable(_ digits: DigitRun, isInternational: Bool) -> E164? {
        let form: Form
        var national = digits
        switch (digits.count, isInternational) {
        case (11, true): form = .international
        case (10, false) where isHome: form = .national
        case (11, false) where isHome: form = .nationalWithPrefix
        default: return nil
        }
        if digits.count == 11 {
            guard digits[0] == 1 else { return nil }
            national = digits.dropFirst(1)
        }
        guard let number = national.international else { return nil }
        let block = Int(number / 10_000)
        let known = states.withLock { states -> State in
            if states[form.rawValue].isEmpty { states[form.rawValue] = [UInt8](repeating: 0, count: 1_000_000) }
            return State(rawValue: states[form.rawValue][block]) ?? .unknown
        }
        var state = known
        if known == .unknown {
            let first = number - number % 10_000
            state = [number, first, first + 9_999].allSatisfy { isCallable($0, form) } ? .callable : .other
            states.withLock { $0[form.rawValue][block] = state.rawValue }
        }
        return state == .callable ? E164(digits: 10_000_000_000 + number) : nil
    }

    private func isCallable(_ number: UInt64, _ form: Form) -> Bool {
        let text =
            switch form {
            case .international: "+1\(number)"
            case .national: "\(number)"
            case .nationalWithPrefix: "1\(number)"
            }
        return reader.callable(text, region: region) == E164(digits: 10_000_000_000 + number)
    }
}
