import Gate
import Logging

/// Logs what `/readyz` begins to say, once each; what stops being said and comes back is logged again.
///
/// For one caller at a time.
struct Notices {
    private var told: Set<String> = []

    mutating func tell(_ readiness: Readiness, to logger: Logger) {
        var now: Set<String> = []
        for (texts, level) in [(readiness.problems, Logger.Level.error), (readiness.warnings, .warning)] {
            for text in texts {
                // Ages and days count on; the notice stays the same.
                let notice = text.filter { !$0.isNumber }
                now.insert(notice)
                if !told.contains(notice) { logger.log(level: level, "\(text)") }
            }
        }
        told = now
    }
}
