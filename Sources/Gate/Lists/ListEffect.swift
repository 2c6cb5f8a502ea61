import GateModel
import Ledger
import Suppression

extension Gate {
    /// Allowed calls of this many days are looked at by a dry run.
    static let effectDays: Int64 = 7
    /// And this many of them at most, the newest.
    static let mostCallsLookedAt = 1_000_000

    /// What a checked version would change against what is in force now. Blocks.
    func effect(of version: ListVersion, _ definition: ListDefinition) throws -> VersionEffect {
        // A replacement must be possible where what is in force cannot be read any more.
        let active = version.mode == .replace ? try? content(of: version.list) : try content(of: version.list)
        if version.mode != .replace, let active, active.coverage != definition.coverage {
            throw SuppressionError.rejected(.coverageChanged(was: active.coverage, now: definition.coverage))
        }
        let uploaded =
            try version.change == nil ? catalog.versions.open(version) : catalog.versions.openChange(version)
        let difference = uploaded.difference(from: active)
        var effect: VersionEffect
        switch version.mode {
        case .replace: effect = VersionEffect(added: difference.added, removed: difference.removed)
        case .add: effect = VersionEffect(added: difference.added, removed: 0)
        // What is named and not on the list is not removed.
        case .remove: effect = VersionEffect(added: 0, removed: uploaded.entryCount - difference.added)
        }
        guard version.isDryRun, definition.effect == .suppress else { return effect }
        (effect.wouldHaveDenied, effect.callsLookedAt) =
            version.mode == .remove ? (0, 0) : try countDenied(by: uploaded, beyond: active, definition)
        return effect
    }

    /// Of the allowed calls of the last days, those to numbers that the version lists and the active one does not.
    private func countDenied(
        by uploaded: ListSnapshot, beyond active: ListSnapshot?, _ definition: ListDefinition
    ) throws -> (denied: Int, of: Int) {
        let since = now - .days(Gate.effectDays)
        var (denied, count) = (0, 0)
        var cursor = try store.read { try $0.head() } + 1
        while cursor > 1, count < Gate.mostCallsLookedAt {
            // A view for each portion, so that a long look does not hold up the log's checkpoints.
            let isLast = try store.read { reading -> Bool in
                let entries = try reading.entries(before: cursor, limit: 2000)
                for entry in entries where entry.kind == .allow {
                    let opened = try OpenedEntry(entry, keys: keyFile.ledger, in: reading)
                    guard opened.core.at >= since else { return true }
                    let record = try DecisionRecord(opened.core, personal: opened.personal)
                    guard let number = record.call.number.e164, definition.concerns(record.call) else { continue }
                    count += 1
                    if uploaded.lists(number, at: record.at), !(active?.lists(number, at: record.at) ?? false) {
                        denied += 1
                    }
                }
                cursor = entries.last?.sequence ?? 0
                return false
            }
            if isLast { break }
        }
        return (denied, count)
    }
}

extension ListDefinition {
    fileprivate func concerns(_ call: Call) -> Bool {
        let isPurpose = purposes.contains("all") || purposes.contains(call.purpose)
        return isPurpose && (products.map { products in call.product.map(products.contains) ?? true } ?? true)
    }
}

extension ListSnapshot {
    fileprivate func lists(_ number: E164, at instant: Instant) -> Bool {
        guard let match = lookup(number) else { return false }
        return match.from ?? .distantPast <= instant && instant < match.until ?? .distantFuture
    }
}
