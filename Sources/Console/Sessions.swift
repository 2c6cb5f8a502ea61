import Crypto
import Gate
import GateModel
import Hummingbird
import Synchronization

/// Somebody who is signed in.
struct Session: Sendable {
    /// SHA-256 of the cookie: what is in memory opens nothing.
    var id: String
    var key: APIKey
    /// Must come with every form.
    var token: String
    /// The reader's time zone, as the browser told it.
    var zone: String?
}

/// The sessions of this process. They end with it.
final class Sessions: Sendable {
    static let cookie = "callgate_session"
    static let idle = Span.minutes(30)
    static let longest = Span.hours(12)
    private static let most = 10_000

    fileprivate struct State: Sendable {
        var session: Session
        var passwordStamp: String?
        var begun: Instant
        var used: Instant
        var notice: (key: String, arguments: [String])?
        /// Forms that were sent already, and where their answer went.
        var sent: [(once: String, place: String)] = []
    }

    private let states = Mutex<[String: State]>([:])

    static func random() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { hexadecimal(Array($0)) }
    }

    private static func id(_ cookie: String) -> String { hexadecimal(Array(SHA256.hash(data: Array(cookie.utf8)))) }

    /// - Returns: The cookie's new value; what was there before the sign-in is never used.
    func begin(_ key: APIKey, zone: String?, in gate: Gate) -> String {
        let cookie = Sessions.random()
        let session = Session(id: Sessions.id(cookie), key: key, token: Sessions.random(), zone: zone)
        let (now, stamp) = (gate.now, gate.passwordStamp(key))
        states.withLock { states in
            states = states.filter { !$0.value.hasEnded(at: now) }
            if states.count >= Sessions.most, let oldest = states.min(by: { $0.value.used < $1.value.used }) {
                states[oldest.key] = nil
            }
            states[session.id] = State(session: session, passwordStamp: stamp, begun: now, used: now)
        }
        return cookie
    }

    /// The session of a cookie; nil for none, for one that has ended, and where the account was disabled or has a new
    /// password.
    func find(_ cookie: String?, in gate: Gate) -> Session? {
        guard let cookie, cookie.utf8.count == 64 else { return nil }
        let (id, now) = (Sessions.id(cookie), gate.now)
        guard let state = states.withLock({ $0[id] }), !state.hasEnded(at: now),
            let key = gate.registry.keys[state.session.key.id], !key.isRevoked,
            gate.passwordStamp(key) == state.passwordStamp
        else {
            states.withLock { $0[id] = nil }
            return nil
        }
        states.withLock { $0[id]?.used = max(now, state.used) }
        var session = state.session
        session.key = key
        return session
    }

    func end(_ session: Session) { states.withLock { $0[session.id] = nil } }

    /// What the next page says at its top.
    func leave(_ notice: String, _ arguments: [String], for session: Session) {
        states.withLock { $0[session.id]?.notice = (notice, arguments) }
    }

    func takeNotice(of session: Session) -> (key: String, arguments: [String])? {
        states.withLock { states in
            defer { states[session.id]?.notice = nil }
            return states[session.id]?.notice
        }
    }

    /// Where the answer to a form went that was sent already; nil for a new one.
    func place(of once: String, in session: Session) -> String? {
        states.withLock { $0[session.id]?.sent.first { $0.once == once }?.place }
    }

    func remember(_ once: String, _ place: String, in session: Session) {
        states.withLock { states in
            states[session.id]?.sent.append((once, place))
            if states[session.id]?.sent.count ?? 0 > 200 { states[session.id]?.sent.removeFirst(100) }
        }
    }
}

extension Sessions.State {
    func hasEnded(at now: Instant) -> Bool { now - used >= Sessions.idle || now - begun >= Sessions.longest }
}

/// After some wrong passwords a name must wait, whoever types it and whether there is such an account or not.
final class SignInLimit: Sendable {
    static let failures = 5
    static let wait = Span.minutes(15)
    private let states = Mutex<[String: (count: Int, last: Instant)]>([:])

    func isLocked(_ name: String, at now: Instant) -> Bool {
        states.withLock { states in
            guard let state = states[name] else { return false }
            return state.count >= SignInLimit.failures && now - state.last < SignInLimit.wait
        }
    }

    func failed(_ name: String, at now: Instant) {
        states.withLock { states in
            if states.count > 10_000 { states = states.filter { now - $0.value.last < SignInLimit.wait } }
            let earlier = states[name].flatMap { now - $0.last < SignInLimit.wait ? $0.count : nil } ?? 0
            states[name] = (earlier + 1, now)
        }
    }

    func succeeded(_ name: String) { states.withLock { $0[name] = nil } }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
