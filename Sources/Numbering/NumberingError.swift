/// What can be wrong with numbering data; reading a number never throws.
///
/// Each text says all that is wrong at once, with the remedy, and quotes the data file only.
public enum NumberingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A text of ``NumberPlan/expandPrefixes(_:)`` that is no prefix, span or class of digits.
    case prefix(String)
    /// A ``NumberPlan`` that contradicts itself, one sentence for each problem.
    case plan(region: String, problems: [String])
    /// A table that ``AreaCodeTable/parse(csv:)`` cannot read.
    case areaCodes([LineProblem])

    /// A problem in one line of a file.
    public struct LineProblem: Hashable, Sendable {
        /// The line's number, from 1.
        public var line: Int
        /// One sentence, lower case, with the remedy.
        public var problem: String

        public init(line: Int, problem: String) {
            self.line = line
            self.problem = problem
        }
    }

    public var description: String {
        switch self {
        case .prefix(let text):
            "`\(text)` is no digit prefix: write digits (`192`), a span of equal length (`150-153`) or classes of "
                + "digits (`10[2-8]`), which together give at most \(NumberPlan.mostPrefixes) prefixes"
        case .plan(let region, let problems):
            "the numbering plan of `\(region)` contradicts itself: " + problems.joined(separator: "; ")
        case .areaCodes(let problems):
            problems.map { "line \($0.line): \($0.problem)" }.joined(separator: "\n")
        }
    }
}
