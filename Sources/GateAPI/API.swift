import Gate
import Hummingbird
import Logging
import Metrics
import NIOHTTP1
import Suppression

/// What travels with a request.
public struct GateContext: RequestContext {
    public var coreContext: CoreRequestContextStorage

    public init(source: Source) { coreContext = .init(source: source) }
}

/// Every route of the contract's section 2.
///
/// Query strings and bodies are never logged: there is no request log here.
public func makeRouter(_ gate: Gate) -> Router<GateContext> {
    let router = Router(context: GateContext.self)
    let routes = RouteTable()
    router.add(
        middleware: ProblemMiddleware(
            routes: routes,
            errors: Labelled(label: "callgate_http_errors_total", dimension: "status", factory: gate.metricsFactory)))
    addRoutes(gate, to: router)
    routes.fill(from: router)
    return router
}

func addRoutes(_ gate: Gate, to router: some RouterMethods<GateContext>) {
    let authorization = Authorization(gate: gate)
    DecisionController(gate: gate, authorization: authorization).addRoutes(to: router)
    SearchController(gate: gate, authorization: authorization).addRoutes(to: router)
    OutcomeController(gate: gate, authorization: authorization).addRoutes(to: router)
    FactController(gate: gate, authorization: authorization).addRoutes(to: router)
    ComplaintController(gate: gate, authorization: authorization).addRoutes(to: router)
    SubjectController(gate: gate, authorization: authorization).addRoutes(to: router)
    RegistryController(gate: gate, authorization: authorization).addRoutes(to: router)
    ImportController(gate: gate, authorization: authorization).addRoutes(to: router)
    ListController(gate: gate, authorization: authorization).addRoutes(to: router)
    ScrubController(gate: gate, authorization: authorization).addRoutes(to: router)
    ReconciliationController(gate: gate, authorization: authorization).addRoutes(to: router)
    EvidenceController(gate: gate, authorization: authorization).addRoutes(to: router)
    ReportController(gate: gate, authorization: authorization).addRoutes(to: router)
    LogController(gate: gate, authorization: authorization).addRoutes(to: router)
    SystemController(gate: gate, authorization: authorization).addRoutes(to: router)
}

extension SuppressionError {
    /// Whether the gate's own files or disk are at fault, and its text tells of nothing else.
    fileprivate var isOfTheMachine: Bool {
        switch self {
        case .io, .corrupt: true
        default: false
        }
    }
}

/// Turns what handlers throw into problem documents.
struct ProblemMiddleware: RouterMiddleware {
    let routes: RouteTable
    let errors: Labelled

    func handle(
        _ request: Request, context: GateContext, next: (Request, GateContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = problem(error, request, context)
            errors.counter("\(problem.status.code)").increment()
            response = problem.response(AnswerForm(request))
        }
        // What is answered is about persons, and true for a moment.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private func problem(_ error: any Error, _ request: Request, _ context: GateContext) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as GateError: return Problem(error)
        case let error as HTTPError where error.status == .notFound:
            let allowed = routes.allowed(request.uri.path).map(\.rawValue).sorted()
            guard allowed.isEmpty else { return Problem(notAllowed: request.method.rawValue, butOnly: allowed) }
            return Problem(.notFound, "not-found", "there is no such address")
        case let error as any HTTPResponseError:
            return Problem(error.status, "http-error", error.status.reasonPhrase)
        case let error as SuppressionError where error.isOfTheMachine:
            context.logger.error("a request failed: \(error)")
            return Problem(.serviceUnavailable, "unavailable", "\(error)")
        case is HTTPParserError:
            return Problem(
                .badRequest, "truncated", "the body broke off, or is not as was announced; send it again")
        default:
            // Only what kind of error it is: its text may quote the request.
            context.logger.error("a request failed: \(type(of: error))")
            return Problem(.serviceUnavailable, "unavailable", "the gate could not do this; try again")
        }
    }
}
