import Foundation
import Quantities
import Testing

@testable import Storing

@Suite struct StoreFailureTests {
  let folder: Folder
  let path: String
  init() throws {
    folder = try Folder()
    path = folder.file("headroom.db")
  }

  func opening(_ path: String, _ access: Store.Access = .readWrite) -> StoringError? {
    failure { () throws(StoringError) in try Store(path: path, access: access, busyTimeout: .zero) }
  }

  @Test("a text file is not a database")
  func notADatabase() throws {
    try String(repeating: "this is a diary, not a database\n", count: 100).write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(opening(path)?.code == .notADatabase)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("this is a diary"))
  }

  @Test("a folder that is not there is named")
  func noFolder() {
    let error = opening(folder.file("nowhere/headroom.db"))
    #expect(error?.code == .cannotOpen)
    #expect(error?.remedy.contains("folder") == true)
  }

  @Test("a missing file is not made by reading")
  func missingForReading() {
    #expect(opening(path, .readOnly)?.code == .cannotOpen)
    #expect(access(path, F_OK) != 0)
  }

  @Test("a database of another program is left alone")
  func foreign() throws {
    let database = try Database(path: path, canWrite: true, busyTimeout: .zero)
    try database.execute("CREATE TABLE bookmarks (url TEXT)")
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(opening(path)?.code == .foreign)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("a store for reading cannot be written")
  func readOnly() throws {
    _ = try Store(path: path)
    let store = try Store(path: path, access: .readOnly)
    let error = failure { () throws(StoringError) in try store.saveTrace(trace("api"), at: noon) }
    #expect(error?.code == .readOnly)
  }

  @Test("another writer in its midst is waited for, then named")
  func locked() throws {
    let store = try Store(path: path, busyTimeout: .zero)
    let other = try Database(path: path, canWrite: true, busyTimeout: .zero)
    try other.execute("BEGIN IMMEDIATE")
    let error = failure { () throws(StoringError) in try store.saveTrace(trace("api"), at: noon) }
    #expect(error?.code == .locked)
    // Readers go on meanwhile.
    #expect(try store.listTraces().isEmpty)
    try other.execute("ROLLBACK")
    try store.saveTrace(trace("api"), at: noon)
    #expect(try store.listTraces().count == 1)
  }

  @Test("a full disk is an error, and what was saved before is intact")
  func diskFull() throws {
    let store = try Store(path: path)
    try store.saveTrace(trace("before"), at: noon)
    // SQLite's own limit on the file's pages answers as a full disk does.
    try store.database.withLock { database throws(StoringError) in
      let pages = try database.integer("PRAGMA page_count")
      try database.execute("PRAGMA max_page_count = \(pages + 2)")
    }
    let large = trace("large", Array(repeating: 1.5, count: 100_000))
    #expect(failure { () throws(StoringError) in try store.saveTrace(large, at: noon) }?.code == .diskFull)
    #expect(try store.listTraces().map(\.name) == ["before"])
    // The store goes on to work for what fits.
    #expect(try store.loadTrace("before") == trace("before"))
  }

  @Test("a new file that cannot be made whole is not left behind, with its log")
  func halfMade() throws {
    // Where the log should be there is a folder: it cannot be opened.
    try FileManager.default.createDirectory(atPath: path + "-wal", withIntermediateDirectories: true)
    #expect(failure { () throws(StoringError) in _ = try Store(path: path) } != nil)
    #expect(!FileManager.default.fileExists(atPath: path) && !FileManager.default.fileExists(atPath: path + "-shm"))
    try? FileManager.default.removeItem(atPath: path + "-wal")
    // What was there before stays, whatever happens.
    try Store(path: path).saveTrace(trace("kept"), at: noon)
    try FileManager.default.createDirectory(atPath: path + "-wal", withIntermediateDirectories: true)
    #expect(failure { () throws(StoringError) in _ = try Store(path: path) } != nil)
    try FileManager.default.removeItem(atPath: path + "-wal")
    #expect(try Store(path: path).listTraces().map(\.name) == ["kept"])
  }

  @Test("a schema number below none is damage, told and left alone")
  func negativeVersion() throws {
    // The fourth byte of the header's version at offset 60, as a disk may damage it: read as a negative number.
    do { try Store(path: path).saveTrace(trace("a"), at: noon) }
    try Database(path: path, canWrite: true, busyTimeout: .zero).execute("PRAGMA user_version = -3")
    #expect(opening(path)?.code == .damaged && opening(path, .readOnly)?.code == .damaged)
  }

  @Test("a damaged file is said to be damaged, not read as something else")
  func damaged() throws {
    let store = try Store(path: path)
    try store.saveTrace(trace("api", Array(repeating: 2, count: 5000)), at: noon)
    try store.database.withLock { database throws(StoringError) in
      try database.execute("UPDATE trace SET samples = x'0102'")
    }
    #expect(failure { () throws(StoringError) in try store.loadTrace("api") }?.code == .damaged)
  }
}

@Suite struct MigrationTests {
  let folder: Folder
  let path: String
  init() throws {
    folder = try Folder()
    path = folder.file("headroom.db")
  }

  @Test("a new file gets every step, and its version says so")
  func fresh() throws {
    _ = try Store(path: path)
    let database = try Database(path: path, canWrite: false, busyTimeout: .zero)
    #expect(try database.integer("PRAGMA user_version") == Migration.all.count)
    #expect(try database.integer("PRAGMA application_id") == Migration.applicationID)
  }

  @Test("an older file gets the steps it lacks and keeps its data")
  func older() throws {
    try Store(path: path).saveTrace(trace("api"), at: noon)
    let database = try Database(path: path, canWrite: true, busyTimeout: .zero)
    let longer = Migration.all + [Migration(summary: "colour", sql: "ALTER TABLE trace ADD COLUMN colour TEXT;")]
    try Migration.run(on: database, canWrite: true, migrations: longer)
    #expect(try database.integer("PRAGMA user_version") == longer.count)
    #expect(try database.integer("SELECT count(*) FROM trace WHERE colour IS NULL") == 1)
  }

  @Test("a step that fails leaves the file as it was")
  func failedStep() throws {
    _ = try Store(path: path)
    let database = try Database(path: path, canWrite: true, busyTimeout: .zero)
    let broken =
      Migration.all + [Migration(summary: "broken", sql: "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1);")]
    #expect(
      failure { () throws(StoringError) in try Migration.run(on: database, canWrite: true, migrations: broken) } != nil)
    #expect(try database.integer("PRAGMA user_version") == Migration.all.count)
    #expect(try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0)
  }

  @Test("a file of a newer version is refused and left alone")
  func newer() throws {
    _ = try Store(path: path)
    let database = try Database(path: path, canWrite: true, busyTimeout: .zero)
    try database.execute("PRAGMA user_version = 99")
    let error = failure { () throws(StoringError) in try Store(path: path) }
    #expect(error?.code == .tooNew)
    #expect(error?.remedy.contains("update Headroom") == true)
  }

  @Test("an older file opened for reading says what to do")
  func olderForReading() throws {
    let database = try Database(path: path, canWrite: true, busyTimeout: .zero)
    try Migration.run(on: database, canWrite: true, migrations: Array(Migration.all.prefix(1)))
    let error = failure { () throws(StoringError) in try Store(path: path, access: .readOnly) }
    #expect(error?.code == .readOnly)
    #expect(error?.remedy.contains("open it once for writing") == true)
  }

  @Test("an empty file opened for reading keeps nothing yet")
  func emptyForReading() throws {
    #expect(FileManager.default.createFile(atPath: path, contents: Data()))
    let error = failure { () throws(StoringError) in try Store(path: path, access: .readOnly) }
    #expect(error?.code == .readOnly)
    #expect(error?.problem.contains("nothing is kept in it") == true)
  }
}
