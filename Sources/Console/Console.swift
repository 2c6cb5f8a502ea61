import Gate
import GateModel
import HTTPTypes
import Hummingbird
import Logging
import SignOn

/// The pages for people: marketing operations, compliance officers, administrators.
///
/// Whatever is done here is done by the very commands of the HTTP interface, with the account as the key.
public struct Console: Sendable {
    let gate: Gate
    let logger: Logger
    let templates: Templates
    let sessions = Sessions()
    let limit = SignInLimit()
    let provider: Provider?
    let signOns = SignOns()

    /// - Parameter provider: Where people sign in who have no password here; nil for none.
    /// - Throws: Where a template cannot be read, which is a fault of the program.
    public init(gate: Gate, logger: Logger, provider: Provider? = nil) throws {
        self.gate = gate
        self.logger = logger
        self.provider = provider
        templates = try Templates()
    }

    /// Adds `/` and everything under `/console`.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await answer(request, context.parameters, route)
            }
        }
        router.get("/console/console.css") { _, _ in asset(PackageResources.console_css, "text/css; charset=utf-8") }
        router.get("/console/console.js") { _, _ in
            asset(PackageResources.console_js, "text/javascript; charset=utf-8")
        }
        router.get("/console/icon.svg") { _, _ in asset(Array(icon.utf8), "image/svg+xml") }
    }

    /// Every page and act, and who may.
    var routes: [Route] {
        [
            SignOnPages.routes, SignInPages.routes, TodayPage.routes, DecisionPages.routes, PeoplePages.routes,
            ComplaintPages.routes,
            EvidencePages.routes, SubjectPages.routes, ReportPages.routes, ReconciliationPages.routes,
            WhatIfPages.routes,
            ListPages.routes,
            ScrubPages.routes, RegistryPages.routes, StopPages.routes, TryPage.routes, PolicyPage.routes,
            AccountPages.routes, GuidePage.routes,
        ].flatMap { $0 }
    }

    private func asset(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: "private, max-age=300", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

let icon = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1d5c9b"/>\
    <path d="M9 7h3l2 5-2.4 1.6a12 12 0 0 0 6.8 6.8L20 18l5 2v3c0 1.4-1 2-2.4 2C14 24.4 7.600 18 7 9.400 7 8 7.600 7 9 7z" \
    fill="#fff"/></svg>
    """
