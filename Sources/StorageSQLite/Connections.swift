import Foundation
import GRDB
import Storage

/// How the two databases are opened. `log.sqlite` holds what must not be lost; `index.sqlite` beside it is derived from it
/// and may be thrown away.
enum Connections {
    static let pageSize = 4096

    /// Lets nobody else open a folder's databases meanwhile: who comes first has to make them.
    static func oneAfterAnother<T>(in folder: String, _ body: () throws -> T) throws -> T {
        let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // Let go by name: a process that is just being started has a copy of the descriptor for a moment.
        defer {
            flock(lock, LOCK_UN)
            close(lock)
        }
        guard flock(lock, LOCK_EX) == 0 else {
            throw StorageError.unavailable("\(folder) cannot be locked: \(String(cString: strerror(errno)))")
        }
        return try body()
    }

    /// The connection that appends. Commits are synced to the disk before they return.
    static func writer(_ path: String, busyTimeout: Double, mostPages: Int?) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "callgate.log"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA page_size = \(pageSize)")
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            // The checkpoint runs in `maintain`, on a connection of its own.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(sql: "PRAGMA cache_size = -65536")
            // What is removed is overwritten. Appending removes nothing.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            if let mostPages { try db.execute(sql: "PRAGMA max_page_count = \(mostPages)") }
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // Set last: GRDB lowers it for WAL databases.
        try queue.inDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return queue
    }

    /// Reads back what the connection promises, because a pragma that is not understood is no error.
    static func checkDurability(_ queue: DatabaseQueue, _ path: String) throws {
        let (mode, level) = try queue.inDatabase { db in
            (
                try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
                try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0
            )
        }
        guard mode == "wal", level == 2 else {
            throw StorageError.notDurable(
                "\(path) opens with journal_mode \(mode) and synchronous \(level); it needs wal and 2")
        }
    }

    /// Waits a little for the writer, and never makes it wait longer than that.
    static func checkpointer(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "callgate.checkpoint"
        configuration.busyMode = .timeout(0.05)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    static func readers(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "callgate.read"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        return try DatabasePool(path: path, configuration: configuration)
    }

    /// Derived data: a lost tail is indexed again from the log, so it need not be synced.
    static func index(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "callgate.index"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            try db.execute(sql: "PRAGMA cache_size = -131072")
            try db.execute(sql: "PRAGMA secure_delete = ON")
            // What another connection writes empties this one's cache; mapped pages are not read again.
            try db.execute(sql: "PRAGMA mmap_size = 1073741824")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}

extension DatabaseMigrator {
    /// The log. Rows are appended and never changed, except that a removal empties `personal` and `secret`, takes names out
    /// of `keys`, says so in `removed_by` and binds what is left by `remains`.
    static var log: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE entry (
                        sequence INTEGER PRIMARY KEY,
                        kind     INTEGER NOT NULL,
                        core     BLOB NOT NULL,
                        personal BLOB,
                        subject  INTEGER,
                        keys     BLOB,
                        settles  INTEGER
                    );
                    CREATE TABLE subject (id INTEGER PRIMARY KEY, secret BLOB);
                    CREATE TABLE pinned (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2 removals") { db in
            // Decisions, outcomes and snapshots are not in the index: it grows at its end, and with rare entries only.
            try db.execute(
                sql: """
                    ALTER TABLE entry ADD COLUMN removed_by INTEGER;
                    CREATE INDEX removable ON entry (kind, sequence) WHERE \(removable);
                    CREATE TABLE expunging (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, key BLOB);
                    """)
        }
        migrator.registerMigration("dictionary") { db in
            try db.execute(sql: "CREATE TABLE dictionary (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")
        }
        migrator.registerMigration("segments") { db in
            try db.execute(
                sql: """
                    CREATE TABLE segment (
                        number     INTEGER PRIMARY KEY,
                        first      INTEGER NOT NULL,
                        last       INTEGER NOT NULL,
                        state      INTEGER NOT NULL,
                        dropped_by INTEGER,
                        dropped    INTEGER NOT NULL DEFAULT 0
                    );
                    CREATE TABLE redaction (sequence INTEGER PRIMARY KEY, keys BLOB, removed_by INTEGER NOT NULL);
                    """)
        }
        migrator.registerMigration("remains") { db in
            try db.execute(
                sql: """
                    ALTER TABLE entry ADD COLUMN remains BLOB;
                    ALTER TABLE redaction ADD COLUMN remains BLOB;
                    """)
        }
        return migrator
    }

    /// Rare entries of which something may be removed yet. An attempt made outside the gate keeps counting when its person is
    /// erased, and is removed when it is old.
    static let removable = "kind > 4 AND keys IS NOT NULL AND (removed_by IS NULL OR kind = 17)"

    /// What finds entries. Filled behind `watermark` by a background job.
    static var index: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        // Derived data of another form is thrown away and made anew.
        migrator.eraseDatabaseOnSchemaChange = true
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE mention (key INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (key, sequence)) WITHOUT ROWID;
                    CREATE TABLE open_attempt (sequence INTEGER PRIMARY KEY, decided_at INTEGER NOT NULL);
                    CREATE TABLE term (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (kind, text));
                    CREATE TABLE posting (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, places BLOB NOT NULL);
                    CREATE TABLE quarter (quarter INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
                    CREATE TABLE watermark (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, entry BLOB);
                    INSERT INTO watermark VALUES (1, 0, NULL);
                    """)
        }
        return migrator
    }

    /// Brings a database up to this version.
    ///
    /// - Throws: ``StorageError/damaged(_:)`` for one that a newer version made.
    func migrateUnlessNewer(_ writer: some DatabaseWriter) throws {
        let isNewer = try besideOthers { try writer.read(hasBeenSuperseded) }
        if isNewer {
            throw StorageError.damaged("\(writer.path) was made by a newer version of this program; use that one")
        }
        try migrateBesideOthers(writer)
    }

    /// Migrates where other processes may be doing the same: whoever comes second fails on what the first has made, and
    /// finds it done at the next look.
    func migrateBesideOthers(_ writer: some DatabaseWriter) throws {
        try besideOthers { try migrate(writer) }
    }

    private func besideOthers<T>(_ body: () throws -> T) throws -> T {
        for _ in 1...16 {
            do { return try body() } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
                throw error
            } catch is DatabaseError { usleep(20_000) }
        }
        return try body()
    }
}
