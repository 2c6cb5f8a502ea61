import GateTesting
import Storage
import StorageSQLite
import Testing

@testable import LogVerification

@Suite struct StoredCoreTests {
    @Test func packedCoresAreReadAsTheGateReadsThem() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        defer { try? store.close() }
        var model = SearchModel(seed: 11)
        try model.append(4200, to: store)
        while try store.maintain() > 0 {}
        try model.append(100, to: store)
        let rows = try StoredLog(path: folder.path + "/log.sqlite").portion(limit: 9999).suffix(111)
        #expect(rows.map(\.core) == (try store.read { try $0.entries(after: 4189, limit: 200).map(\.core) }))
        #expect(rows.count == 111)
        // What cannot be unpacked is no core.
        #expect(try StoredCores([:]).unpack([1, 2, 3]) == [1, 2, 3])
        #expect(try StoredCores([1: [9, 9, 9]]).unpack([1, 2, 3]) == [1, 2, 3])
    }
}
