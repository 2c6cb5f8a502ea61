import Calendars
import Documents
import GateModel
import PolicyPack
import RuleEngine

struct InstalledZones: ZoneSource {
    static let database: ZoneDatabase = {
        do { return try ZoneDatabase() } catch { fatalError("\(error)") }
    }()

    func zone(_ name: String) -> Zone? { try? InstalledZones.database.zone(named: name) }
}

/// The policy folder of the repository.
let policyFolder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/") + "/policy"
}()

let shippedFiles: PolicyFiles = {
    do { return try PolicyFiles(folder: policyFolder) } catch { fatalError("\(error)") }
}()

let shippedPolicy: LoadedPolicy = {
    do { return try shippedFiles.load(zones: InstalledZones(), tzdata: InstalledZones.database.version) } catch {
        fatalError("\(error)")
    }
}()

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
    try files.load(zones: InstalledZones(), tzdata: InstalledZones.database.version)
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
