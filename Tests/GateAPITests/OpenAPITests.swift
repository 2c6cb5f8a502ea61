import Documents
import Foundation
import HTTPTypes
import Hummingbird
import PolicyPack
import Synchronization
import Testing

@testable import GateAPI

/// Writes down the routes that are added to it.
private final class RouteBook: RouterMethods {
    typealias Context = GateContext
    let routes = Mutex<Set<String>>([])

    func on<Responder: HTTPResponder>(_ path: RouterPath, method: HTTPRequest.Method, responder: Responder) -> Self
    where Responder.Context == GateContext {
        // OpenAPI has no name for the rest of a path.
        let name = path.description.replacing("**", with: "{path}")
        _ = routes.withLock { $0.insert("\(method.rawValue) \(name)") }
        return self
    }

    func add(middleware: any MiddlewareProtocol<Request, Response, GateContext>) -> Self { self }
}

@Suite struct OpenAPITests {
    private static func document() throws -> Node {
        try parseYAML(String(contentsOfFile: API.root + "Sources/GateAPI/openapi.yaml", encoding: .utf8))
    }

    @Test func describesEveryRouteAndNoOther() async throws {
        try await withAPI { api in
            let book = RouteBook()
            addRoutes(api.gate, to: book)
            var described: Set<String> = []
            guard case .object(let paths)? = try Self.document()["paths"]?.value else {
                Issue.record("no paths")
                return
            }
            for path in paths {
                for method in path.node.names { described.insert("\(method.uppercased()) \(path.name)") }
            }
            #expect(described == book.routes.withLock { $0 })
        }
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = try Self.document()
        var references: Set<String> = []
        func collect(_ node: Node) {
            switch node.value {
            case .array(let nodes): nodes.forEach(collect)
            case .object(let members):
                for member in members {
                    if member.name == "$ref", let text = member.node.string { references.insert(text) }
                    collect(member.node)
                }
            default: break
            }
        }
        collect(document)
        #expect(references.count > 30)
        for reference in references {
            let found = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
            #expect(found != nil, "\(reference)")
        }
    }

    @Test func isServedAsItStandsInTheSources() async throws {
        try await withAPI { api in
            let reply = try await api.get("/openapi.yaml", api.dialer)
            let source = try String(contentsOfFile: API.root + "Sources/GateAPI/openapi.yaml", encoding: .utf8)
            #expect(reply.text == source)
            #expect(reply.headers[.contentType] == "application/yaml")
        }
    }

    @Test func aDecisionHasTheMembersThatAreDescribed() async throws {
        try await withAPI { api in
            let schemas = try Self.document()["components"]?["schemas"]
            let decision = try await api.decide()
            let described = schemas?["Decision"]?["properties"]?.names ?? []
            #expect(decision.json.names.isSubset(of: described))
            #expect(
                decision.json.names.isSuperset(
                    of: Set(schemas?["Decision"]?.list("required").compactMap(\.string) ?? [])))
            let found = try await api.get("/v1/decisions/\(decision["id"]!)", api.dialer)
            #expect(found.json.names.isSubset(of: schemas?["FoundDecision"]?["properties"]?.names ?? []))
        }
    }
}
