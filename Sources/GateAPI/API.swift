import Gate
import Hummingbird
import Logging

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
    router.add(middleware: ProblemMiddleware())
    let authorization = Authorization(gate: gate)
    DecisionController(gate: gate, authorization: authorization).addRoutes(to: router)
    OutcomeController(gate: gate, authorization: authorization).addRoutes(to: router)
    FactController(gate: gate, authorization: authorization).addRoutes(to: router)
    RegistryController(gate: gate, authorization: authorization).addRoutes(to: router)
    ListController(gate: gate, authorization: authorization).addRoutes(to: router)
    SystemController(gate: gate, authorization: authorization).addRoutes(to: router)
    return router
}

/// Turns what handlers throw into problem documents.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: GateContext, next: (Request, GateContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response(AnswerForm(request))
        } catch let error as GateError {
            return Problem(error).response(AnswerForm(request))
        } catch let error as HTTPError {
            let code = error.status == .notFound ? "not-found" : "http-error"
            return Problem(error.status, code, error.body ?? error.status.reasonPhrase).response(AnswerForm(request))
        } catch {
            context.logger.error("a request failed: \(type(of: error))")
            return Problem(.serviceUnavailable, "unavailable", "the gate could not do this; try again").response(AnswerForm(request))
        }
    }
}
