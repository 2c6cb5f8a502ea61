import Calendars
import PolicyPack
import RuleEngine

/// The zones of the machine that the tests run on.
public let installedZones: ZoneDatabase = {
    do { return try ZoneDatabase() } catch { fatalError("\(error)") }
}()

/// The policy folder of the repository.
public let policyFolder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/") + "/policy"
}()

/// Its files.
public let shippedFiles: PolicyFiles = {
    do { return try PolicyFiles(folder: policyFolder) } catch { fatalError("\(error)") }
}()

/// Its packs, checked and ready.
public let shippedPolicy: LoadedPolicy = {
    do { return try shippedFiles.load(zones: installedZones, tzdata: installedZones.version) } catch {
        fatalError("\(error)")
    }
}()
