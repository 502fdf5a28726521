import CSQLite
import Quantities

/// One connection to an SQLite file. Used by one thread at a time; ``Store`` sees to that.
final class Database {
  let path: String
  private let handle: OpaquePointer
  /// Prepared statements by their text: preparing costs more than running the small ones.
  private var prepared: [String: Statement] = [:]

  /// Opens a file, and makes it where it may and does not exist.
  init(path: String, canWrite: Bool, busyTimeout: Duration) throws(StoringError) {
    self.path = path
    var opened: OpaquePointer?
    let flags = canWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let opened else {
      let text = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw Database.error(code, text, path)
    }
    handle = opened
    sqlite3_busy_timeout(handle, Int32(clamping: busyTimeout.nanoseconds / 1_000_000))
  }

  deinit {
    prepared = [:]
    sqlite3_close_v2(handle)
  }

  /// Runs SQL without parameters or results, one statement or several.
  func execute(_ sql: String) throws(StoringError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    if code != SQLITE_OK { throw error(code) }
  }

  /// A prepared statement, reset and without bindings, ready to be bound and stepped.
  func statement(_ sql: String) throws(StoringError) -> Statement {
    if let known = prepared[sql] {
      known.reset()
      return known
    }
    var made: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let made else { throw error(code) }
    let statement = Statement(made, of: self)
    prepared[sql] = statement
    return statement
  }

  /// Runs a change that takes effect as a whole or not at all, and is on disk when this returns.
  ///
  /// It begins as a writer, so that a wait for another process comes before the change and not in its midst.
  func transaction<Value>(_ body: () throws(StoringError) -> Value) throws(StoringError) -> Value {
    try execute("BEGIN IMMEDIATE")
    do {
      let value = try body()
      try execute("COMMIT")
      return value
    } catch {
      // Some errors (a full disk) have rolled back already; then this one has nothing to do.
      if sqlite3_get_autocommit(handle) == 0 { _ = try? execute("ROLLBACK") }
      throw error
    }
  }

  /// The single integer that a query gives.
  func integer(_ sql: String) throws(StoringError) -> Int {
    let query = try statement(sql)
    defer { query.reset() }
    return try query.step() ? query.integer(0) : 0
  }

  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
  var changedRows: Int { Int(sqlite3_changes(handle)) }

  /// The error of the call that just failed on this connection.
  func error(_ code: Int32) -> StoringError {
    Database.error(code, String(cString: sqlite3_errmsg(handle)), path)
  }

  /// A result code as a sentence. The code's low byte is its kind (https://sqlite.org/rescode.html).
  static func error(_ code: Int32, _ text: String, _ path: String) -> StoringError {
    switch code & 0xFF {
    case SQLITE_FULL:
      return StoringError(
        .diskFull, "no space is left for \(path)",
        remedy: "free some space or move the file; what was saved before is intact")
    case SQLITE_NOTADB:
      return StoringError(
        .notADatabase, "\(path) is not a database",
        remedy: "name another file, or move this one away and a new one is made")
    case SQLITE_CORRUPT:
      return StoringError(
        .damaged, "\(path) is damaged (\(text))",
        remedy: "restore it from a backup, or rescue what is readable with: sqlite3 \(path) .recover")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      return StoringError(
        .readOnly, "\(path) cannot be written",
        remedy: "make the file and its folder writable, or name another file")
    case SQLITE_BUSY, SQLITE_LOCKED:
      return StoringError(
        .locked, "another process is writing to \(path)", remedy: "wait until it is done, or end it, and try again")
    case SQLITE_CANTOPEN:
      return StoringError(
        .cannotOpen, "cannot open \(path)", remedy: "check that its folder exists and may be read and written")
    case SQLITE_TOOBIG, SQLITE_NOMEM:
      return StoringError(
        .tooLarge, "a value is too large for \(path)", remedy: "save it at a coarser step or in parts")
    default:
      return StoringError(
        .failed, "\(path): \(text) (SQLite \(code))", remedy: "check the disk and the file's permissions and try again")
    }
  }
}
