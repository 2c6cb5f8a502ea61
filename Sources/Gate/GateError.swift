import Documents

/// Why the gate did not do what it was asked. A denied call is no error.
public enum GateError: Error, Sendable {
    /// The request is wrong in these places; nothing was recorded.
    case invalid(Faults)
    /// The key may not do this.
    case forbidden(String)
    case notFound(String)
    /// The request is at odds with what is recorded. `code` is stable, such as `decision-expired`.
    case conflict(code: String, detail: String, id: String? = nil)
    /// Nothing was recorded and the same request may succeed later.
    case unavailable(String)

    static func invalid(_ pointer: String, _ detail: String) -> GateError {
        .invalid(Faults([Fault(pointer: pointer, detail: detail)]))
    }
}
