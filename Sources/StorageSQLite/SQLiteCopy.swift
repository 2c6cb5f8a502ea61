import Foundation
import GRDB
import Storage

extension SQLiteStore {
    /// Copies the log into a new file as it stands at one moment, while services go on writing. O(the log's size).
    ///
    /// - Parameters:
    ///   - folder: The store's folder.
    ///   - path: A file that is not there yet.
    /// - Returns: The sequence and the core of the copy's last entry; nil where it holds none.
    public static func copyLog(of folder: String, to path: String) throws -> (sequence: Int64, core: [UInt8])? {
        do {
            // In one step: a copy in several would begin anew with each commit of a service.
            let copy = try DatabaseQueue(path: path)
            try Connections.readers(folder + "/log.sqlite").backup(to: copy)
            let cores = CorePacking()
            let last = try copy.inDatabase { db -> (sequence: Int64, core: [UInt8])? in
                guard
                    let row = try Row.fetchOne(
                        db, sql: "SELECT sequence, core FROM entry ORDER BY sequence DESC LIMIT 1")
                else { return nil }
                return (row[0], try (row[1] as Data).withUnsafeBytes { try cores.unpack($0, db) })
            }
            try copy.close()
            return last
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }
}
