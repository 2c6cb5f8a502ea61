import Foundation
import Synchronization

/// How far long work has come: rate, share and time left on a terminal, nothing elsewhere.
struct ProgressBar {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let unit: String
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?

    /// - Parameter unit: Of what is done, such as `MB`; the amounts are given in millionths of it.
    init(_ unit: String = "MB") { self.unit = unit }

    /// Draws the bar, at most ten times a second.
    mutating func show(_ done: Int, of total: Int) {
        let now = ContinuousClock.now
        guard isShown, total > 0, last.map({ now - $0 > .milliseconds(100) }) ?? true || done >= total else { return }
        last = now
        let text = ProgressBar.text(done, of: total, after: now - start, unit: unit)
        FileHandle.standardError.write(Data("\r\(text)\u{1B}[K".utf8))
    }

    /// Leaves the bar as it stands and goes to the next line.
    mutating func end() {
        if last != nil { FileHandle.standardError.write(Data("\n".utf8)) }
        last = nil
    }

    static func text(_ done: Int, of total: Int, after passed: Duration, unit: String) -> String {
        let share = min(1, Double(done) / Double(max(total, 1)))
        let filled = Int(share * 30)
        let seconds = max(passed / .seconds(1), 0.001)
        let rate = Double(done) / seconds
        var text = "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled) + "]"
        text += " \(Int(share * 100)) %  \(String(format: "%.1f", rate / 1_000_000)) \(unit)/s"
        if rate > 0, share < 1 {
            let left = Int((Double(total - done) / rate).rounded(.up))
            text += left < 60 ? "  \(left) s left" : "  \(left / 60) min \(left % 60) s left"
        }
        return text
    }
}

extension ProgressBar {
    /// A bar that several threads tell how far they are.
    static func shared(_ unit: String) -> @Sendable (_ done: Int, _ total: Int) -> Void {
        let bar = SharedBar(unit)
        return { done, total in
            bar.bar.withLock { bar in
                bar.show(done, of: total)
                if done >= total { bar.end() }
            }
        }
    }
}

private final class SharedBar: Sendable {
    let bar: Mutex<ProgressBar>
    init(_ unit: String) { bar = Mutex(ProgressBar(unit)) }
}
