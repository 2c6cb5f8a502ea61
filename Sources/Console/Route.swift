import Gate
import GateModel
import HTTPTypes
import Hummingbird

/// One address, and who may open it.
struct Route: Sendable {
    enum Access: Sendable {
        /// Signed in or not.
        case anyone
        case roles([Role])
    }

    enum Takes: Sendable {
        /// Nothing, or a form of at most a mebibyte.
        case form
        /// A file of any size, which the handler streams.
        case file
    }

    var method: HTTPRequest.Method
    var path: String
    var access: Access
    var takes = Takes.form
    var handle: @Sendable (Visit) async throws -> Response

    static func get(
        _ path: String, _ roles: [Role], _ handle: @escaping @Sendable (Visit) async throws -> Response
    ) -> Route { Route(method: .get, path: path, access: .roles(roles), handle: handle) }

    static func post(
        _ path: String, _ roles: [Role], takes: Takes = .form,
        _ handle: @escaping @Sendable (Visit) async throws -> Response
    ) -> Route { Route(method: .post, path: path, access: .roles(roles), takes: takes, handle: handle) }
}

/// Why a page is not shown.
enum Refusal: Error {
    /// Nobody is signed in, or the session has ended.
    case signedOut
    case forbidden(needs: [Role])
    case notFound
    /// Sent from another site, or from a page of another session.
    case foreign
    case tooLarge
    case gate(GateError)
}

extension Result where Failure == GateError {
    func orRefuse() throws(Refusal) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(.notFound): throw .notFound
        case .failure(let error): throw .gate(error)
        }
    }
}

extension Console {
    func answer(_ request: Request, _ parameters: Parameters, _ route: Route) async -> Response {
        // Aside from the event loop: a page must hold up no call.
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            let session = sessions.find(request.cookie(Sessions.cookie), in: gate)
            var visit = Visit(self, request, parameters, session)
            do {
                if request.method == .post { try await open(&visit, route) }
                try admit(visit, route)
                if request.method == .post, visit.session != nil {
                    guard visit.hasToken else { throw Refusal.foreign }
                    if let place = visit.repeated { return visit.redirect(place, notice: "notice_already") }
                }
                return try await route.handle(visit)
            } catch {
                return visit.refused(error)
            }
        }
    }

    /// Reads the form, after it is known that a page of our own sent it.
    private func open(_ visit: inout Visit, _ route: Route) async throws {
        guard visit.isFromOurPages else { throw Refusal.foreign }
        guard route.takes == .form else { return }
        do {
            visit.form = try Form(Array(try await visit.request.body.collect(upTo: 1 << 20).readableBytesView))
        } catch let error as any HTTPResponseError where error.status == .contentTooLarge { throw Refusal.tooLarge }
    }

    private func admit(_ visit: Visit, _ route: Route) throws(Refusal) {
        guard case .roles(let roles) = route.access else { return }
        guard let session = visit.session else { throw .signedOut }
        guard roles.contains(session.key.role) else { throw .forbidden(needs: roles) }
    }
}
