import GateModel

/// The parts of the console, in the order of the navigation.
enum Place: String, CaseIterable, Sendable {
    case today, decisions, people, complaints, holds, reports, reconciliations, lists, scrubs, campaigns
    case callerIDs = "caller-ids"
    case stops
    case attempt = "try"
    case policy
    case whatIf = "what-if"
    case accounts, guide

    var path: String { "/console/\(rawValue)" }

    var title: String { "nav_" + rawValue.replacing("-", with: "_") }

    /// Who may open it. Source: the contract, section 2.
    var roles: [Role] {
        switch self {
        case .today: [.compliance]
        case .decisions: [.operations, .compliance]
        case .people: [.operations, .compliance]
        case .complaints, .holds, .reports, .reconciliations, .whatIf: [.compliance]
        case .lists: [.operations, .compliance]
        case .scrubs: [.operations]
        case .campaigns, .callerIDs: [.operations, .compliance]
        case .stops: [.operations, .compliance, .admin, .dialer]
        case .attempt: [.operations, .compliance, .dialer]
        case .policy: [.operations, .compliance, .admin, .dialer]
        case .accounts: [.admin]
        case .guide: [.operations, .compliance, .admin, .dialer]
        }
    }

    static func home(of role: Role?) -> String {
        switch role {
        case .compliance: today.path
        case .operations: lists.path
        case .admin: accounts.path
        case .dialer: attempt.path
        case nil: "/console/sign-in"
        }
    }
}
