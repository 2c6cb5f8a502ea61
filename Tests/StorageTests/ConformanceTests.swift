import GateTesting
import StorageSQLite
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: StorageConformance.checks.indices)
    func sqliteConforms(index: Int) throws {
        let folder = try TemporaryFolder()
        let check = StorageConformance.checks[index]
        print("storage:", check.name)
        try check.run(StorageConformance { try SQLiteStore(folder: folder.path + "/data") })
    }

    @Test func leavesNoFolderBehind() throws {
        let folder = try TemporaryFolder()
        try SQLiteStore(folder: folder.path + "/a/b").close()
    }
}
