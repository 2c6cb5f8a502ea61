import Calendars
import Crypto
import Documents
import FoundationEssentials
import GateModel
import Numbering
import RuleEngine

/// The files of a policy by their path below its folder. What a decision pins, so that it can be decided again.
public struct PolicyFiles: Sendable, Hashable {
    public var bytes: [String: [UInt8]]

    public init(bytes: [String: [UInt8]]) { self.bytes = bytes }

    /// Reads every `pack.yaml`, `numbering.yaml` and CSV file below a folder; the packs' cases are in ``PackTests``.
    ///
    /// - Throws: The folder's or a file's path, where it cannot be read.
    public init(folder: String) throws(FileFaults) { try self.init(folder: folder) { _ in nil } }

    /// - Parameter known: A file's bytes by its path below the folder, where they are known to be the same.
    init(folder: String, known: (String) -> [UInt8]?) throws(FileFaults) {
        bytes = [:]
        var faults = FileFaults()
        for path in try policyPaths(in: folder) {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            guard name == "pack.yaml" || name == "numbering.yaml" || name.hasSuffix(".csv") else { continue }
            if let same = known(path) {
                bytes[path] = same
            } else if let data = FileManager.default.contents(atPath: folder + "/" + path) {
                bytes[path] = [UInt8](data)
            } else {
                faults.add(path, "the file cannot be read")
            }
        }
        if bytes["core/pack.yaml"] == nil { faults.add("core/pack.yaml", "is missing; a policy needs it") }
        if !faults.entries.isEmpty { throw faults }
    }

    /// `sha256:…` over names and contents, in the order of the names.
    public var id: String {
        var hash = SHA256()
        for (path, content) in bytes.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("\(path.utf8.count):\(path)\(content.count):".utf8))
            hash.update(data: content)
        }
        return "sha256:" + hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    func text(_ path: String) -> String? { bytes[path].flatMap { String(validating: $0, as: UTF8.self) } }
}

/// A policy that is checked and ready.
public struct LoadedPolicy: Sendable {
    public let snapshot: PolicySnapshot
    public let numbers: NumberReader
    public let vocabulary: Vocabulary
    /// By pack id.
    public let notes: [String: PackNotes]
    public let files: PolicyFiles
    /// Pack id → path of its `pack.yaml`.
    public let paths: [String: String]
    public let zones: any ZoneSource
    /// The numbering plans, as they were read.
    let plans: [NumberPlan]
    /// Every category that a numbering plan gives.
    let numberCategories: Set<String>

    /// Names of the zones in which a number of a numbering plan may lie.
    public var zoneNames: Set<String> { Set(plans.flatMap { $0.zones + $0.areaCodes.flatMap(\.zones) }) }

    /// What is due after a complaint was received.
    public var complaintSteps: [ComplaintStep] { notes["core"]?.complaintSteps ?? [] }
}

extension PolicyFiles {
    /// Reads and checks every file.
    ///
    /// - Parameters:
    ///   - zones: Where the packs' legal zones come from.
    ///   - tzdata: The version of those zones.
    ///   - defaultRegion: The region of a national number that names none.
    /// - Throws: Everything that is wrong in every file.
    public func load(
        zones: any ZoneSource, tzdata: String, defaultRegion: String? = nil
    ) throws(FileFaults) -> LoadedPolicy {
        var faults = FileFaults()
        func read<T>(_ path: String, _ body: (inout ObjectReader) -> T?) -> T? {
            guard let text = text(path) else {
                faults.add(path, "is not UTF-8 text")
                return nil
            }
            let collector = FaultCollector(isLenient: true)
            do throws(Faults) {
                var reader = ObjectReader(try parseYAML(text), faults: collector)
                let result = body(&reader)
                try collector.check()
                return result
            } catch {
                faults.add(path, error.all)
                return nil
            }
        }
        var notes: [String: PackNotes] = [:]
        var paths: [String: String] = [:]
        let core = read("core/pack.yaml") { reader in
            let (core, coreNotes) = PackContext.core(&reader)
            notes["core"] = coreNotes
            return core
        }
        paths["core"] = "core/pack.yaml"
        var packs: [Pack] = []
        var plans: [NumberPlan] = []
        var calendars: [String: HolidayCalendar] = [:]
        for path in bytes.keys.sorted() {
            let parts = path.split(separator: "/").map(String.init)
            switch parts.last {
            case "pack.yaml" where path != "core/pack.yaml":
                // Without the words of the core pack everything in the others would be unknown.
                guard let core else { continue }
                var context = PackContext(purposes: core.purposes)
                let found = read(path) { context.pack(&$0, zones: zones, coreSettings: Set(core.settings.keys)) }
                if let found {
                    if let other = paths.updateValue(path, forKey: found.pack.id) {
                        faults.add(path, "the pack id `\(found.pack.id)` is that of \(other) too; give it another")
                    }
                    packs.append(found.pack)
                    notes[found.pack.id] = found.notes
                }
            case "numbering.yaml":
                let folder = parts.dropLast().joined(separator: "/")
                if let plan = read(path, { readNumberPlan(&$0) { text("\(folder)/\($0)") } }) { plans.append(plan) }
            case let name? where name.hasPrefix("calendar") && name.hasSuffix(".csv"):
                let id = parts.count > 1 ? parts[parts.count - 2] : name
                do throws(Faults) {
                    let calendar = try HolidayCalendar.parse(id: id, csv: text(path) ?? "")
                    calendars[id] = calendars[id]?.replacingYears(of: calendar) ?? calendar
                } catch {
                    faults.add(path, error.all)
                }
            default: break
            }
        }
        checkAcross(packs, notes: notes, calendars: calendars, paths: paths, faults: &faults)
        guard faults.entries.isEmpty, let core else { throw faults }
        let snapshot = PolicySnapshot(
            id: id, core: core, packs: packs.sorted { $0.id < $1.id }, calendars: calendars, tzdata: tzdata,
            subdivisionZones: subdivisionZones(plans))
        return LoadedPolicy(
            snapshot: snapshot, numbers: NumberReader(plans: plans, defaultRegion: defaultRegion),
            vocabulary: Vocabulary(snapshot), notes: notes, files: self, paths: paths, zones: zones,
            plans: plans, numberCategories: Set(plans.flatMap(\.ranges).compactMap(\.category)))
    }

    /// What can only be seen with every pack at hand.
    private func checkAcross(
        _ packs: [Pack], notes: [String: PackNotes], calendars: [String: HolidayCalendar], paths: [String: String],
        faults: inout FileFaults
    ) {
        var ids = Set(notes["core"]?.marks.keys.map { $0 } ?? [])
        var attributes: [String: AttributeDeclaration.Kind] = [:]
        for pack in packs {
            let path = paths[pack.id] ?? pack.id
            func fault(_ mark: Mark? = nil, _ detail: String) {
                faults.add(path, [Fault(pointer: "", mark: mark ?? .none, detail: detail)])
            }
            for rule in pack.rules where !ids.insert(rule.id).inserted {
                let mark = notes[pack.id]?.marks[rule.id]
                fault(mark, "the rule id `\(rule.id)` stands in another pack too; give each rule its own")
            }
            for (name, declaration) in pack.attributes.sorted(by: { $0.key < $1.key }) {
                if let kind = attributes.updateValue(declaration.kind, forKey: name), kind != declaration.kind {
                    fault(
                        nil, "the attribute `\(name)` is declared with another type in another pack; make them the same"
                    )
                }
            }
            if let calendar = pack.calendar, calendars[calendar] == nil {
                fault(nil, "there is no calendar `\(calendar)`; put \(calendar)/calendar.csv into the policy folder")
            }
            for rule in pack.rules where pack.calendar == nil {
                guard case .hours(let check) = rule.body, check.windows.needsCalendar else { continue }
                let mark = notes[pack.id]?.marks[rule.id]
                fault(mark, "`\(rule.id)` speaks of workdays or holidays; name the pack's `calendar`")
            }
        }
    }
}

/// Every zone in which an area code of a subdivision lies.
private func subdivisionZones(_ plans: [NumberPlan]) -> [String: [String]] {
    var zones: [String: Set<String>] = [:]
    for plan in plans {
        for area in plan.areaCodes {
            for subdivision in area.subdivisions {
                zones[subdivision, default: []].formUnion(area.zones.isEmpty ? plan.zones : area.zones)
            }
        }
    }
    return zones.mapValues { $0.sorted() }
}
