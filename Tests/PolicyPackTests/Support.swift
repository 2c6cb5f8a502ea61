import Calendars
import Documents
import GateModel
import GateTesting
import PolicyPack
import RuleEngine

let shippedCases: [String: [PolicyCase]] = {
    do { return try shippedPolicy.cases(PackTests(folder: policyFolder)) } catch { fatalError("\(error)") }
}()

/// The shipped core pack beside one made-up pack.
func files(pack: String) -> PolicyFiles {
    PolicyFiles(bytes: [
        "core/pack.yaml": shippedFiles.bytes["core/pack.yaml"] ?? [], "ZZ/main/pack.yaml": Array(pack.utf8),
        "ZZ/calendar.csv": Array("# years: 2026\ndate,kind,name\n2026-11-26,holiday,Harvest\n".utf8),
    ])
}

func load(_ files: PolicyFiles) throws(FileFaults) -> LoadedPolicy {
    try files.load(zones: installedZones, tzdata: installedZones.version)
}

/// What is wrong with a set of files, a line each.
func faults(_ files: PolicyFiles) -> [String] {
    do throws(FileFaults) {
        _ = try load(files)
        return []
    } catch {
        return error.description.split(separator: "\n").map(String.init)
    }
}
