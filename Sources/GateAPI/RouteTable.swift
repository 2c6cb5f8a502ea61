import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods an address takes. The router itself tells a wrong method from a wrong address to nobody.
final class RouteTable: Sendable {
    private let methods = Mutex<[(path: RouterPath, methods: [HTTPRequest.Method])]>([])

    /// Takes in every route that a router has by now.
    func fill(from router: Router<GateContext>) {
        let routes = Dictionary(grouping: router.routes) { $0.path.description }.values
        methods.withLock { methods in
            methods = routes.map { routes in (routes[0].path, routes.map(\.method)) }
        }
    }

    /// The methods of an address; none where there is no such address. O(routes).
    func allowed(_ path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        return methods.withLock { methods in
            // As the router does, a part that is spelt out goes before one that stands for any.
            methods.filter { $0.path.takes(parts) }
                .max { $0.path.spelling(of: parts).lexicographicallyPrecedes($1.path.spelling(of: parts)) }?
                .methods ?? []
        }
    }
}

extension RouterPath {
    fileprivate func takes(_ parts: [Substring]) -> Bool {
        let isOpen = components.last == .recursiveWildcard
        guard isOpen ? parts.count >= components.count : parts.count == components.count else { return false }
        return zip(components, parts).allSatisfy { $0 ~= $1 }
    }

    /// 1 for each part that is spelt out in the path.
    fileprivate func spelling(of parts: [Substring]) -> [Int] { zip(components, parts).map { $0 == .path($1) ? 1 : 0 } }
}
