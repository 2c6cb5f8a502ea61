import Foundation
import Synchronization

/// A program started beside the tests, found on its path by `env`.
///
/// Foundation's `Process` lets a child that is started at the same moment inherit the pipes of another: the other then
/// never sees the end of its input, nor its parent the end of the other. This one hands down its three streams only.
///
/// May be used from any thread.
public final class ChildProcess: Sendable {
    /// Where a stream comes from or goes to.
    public enum Stream {
        case nothing
        /// Made anew where it is written.
        case file(String)
        case pipe
    }

    public struct NotStarted: Error, CustomStringConvertible {
        public var program: String
        public var code: Int32
        public var description: String { "\(program) was not started: \(String(cString: strerror(code)))" }
    }

    /// How a program ended.
    public enum Ending: Sendable, Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    public let id: pid_t
    private let ended = Mutex<Ending?>(nil)
    /// This side of the pipes; −1 where there is none, or none any more.
    private let ends: Mutex<[Int32]>
    /// Held from the making of a pipe until it is closed for every child but the one that it is for.
    private static let spawning = Mutex(())

    /// - Parameters:
    ///   - environment: All that the program sees of it; `nil`: what this process has.
    ///   - folder: Where it runs; `nil`: where this process does.
    public init(
        _ arguments: [String], environment: [String: String]? = nil, in folder: String? = nil,
        input: Stream = .nothing, output: Stream = .nothing, errors: Stream = .nothing
    ) throws {
        let variables = environment ?? ProcessInfo.processInfo.environment
        let (pid, kept) = try ChildProcess.spawning.withLock { _ in
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            var (kept, given): ([Int32], [Int32]) = ([-1, -1, -1], [])
            defer { for end in given { close(end) } }
            for (number, stream) in zip(Int32(0)..., [input, output, errors]) {
                let flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC
                switch stream {
                case .nothing: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", flags & ~O_CREAT, 0)
                case .file(let path): posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o600)
                case .pipe:
                    var both: [Int32] = [-1, -1]
                    guard pipe(&both) == 0 else { throw NotStarted(program: arguments[0], code: errno) }
                    for end in both { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                    let (theirs, ours) = number == 0 ? (both[0], both[1]) : (both[1], both[0])
                    posix_spawn_file_actions_adddup2(&actions, theirs, number)
                    given.append(theirs)
                    kept[Int(number)] = ours
                }
            }
            var pid: pid_t = 0
            let words = ["env"] + (folder.map { ["-C", $0] } ?? []) + arguments
            let code = withStrings(words) { words in
                withStrings(variables.map { "\($0.key)=\($0.value)" }) {
                    posix_spawn(&pid, "/usr/bin/env", &actions, nil, words, $0)
                }
            }
            guard code == 0 else {
                for end in kept where end >= 0 { close(end) }
                throw NotStarted(program: arguments[0], code: code)
            }
            return (pid, kept)
        }
        id = pid
        ends = Mutex(kept)
    }

    /// A program that still runs is killed.
    deinit {
        closeInput()
        for end in ends.withLock({ $0 }) where end >= 0 { close(end) }
        if isRunning { signal(SIGKILL) }
        wait()
    }

    public func signal(_ number: Int32) {
        ended.withLock { if $0 == nil { kill(id, number) } }
    }

    public var isRunning: Bool { state(WNOHANG) == nil }

    /// Waits for the end, on this thread: a task's own timers stand still under a faked clock.
    @discardableResult
    public func wait() -> Ending {
        while true {
            if let ending = state(WNOHANG) { return ending }
            usleep(2000)
        }
    }

    private func state(_ options: Int32) -> Ending? {
        ended.withLock { ended in
            if ended == nil {
                var status: Int32 = 0
                if waitpid(id, &status, options) == id {
                    ended = status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
                }
            }
            return ended
        }
    }

    /// Ends the program's input.
    public func closeInput() {
        ends.withLock {
            if $0[0] >= 0 { close($0[0]) }
            $0[0] = -1
        }
    }

    /// The next bytes that the program wrote, or none at the end.
    public func read(fromErrors: Bool = false) -> [UInt8] {
        let end = ends.withLock { $0[fromErrors ? 2 : 1] }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Foundation.read(end, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            return Array(buffer.prefix(max(count, 0)))
        }
    }

    /// All that the program writes from now on.
    public func readAll(fromErrors: Bool = false) -> [UInt8] {
        var all: [UInt8] = []
        while case let more = read(fromErrors: fromErrors), !more.isEmpty { all += more }
        return all
    }
}

private func withStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
}
