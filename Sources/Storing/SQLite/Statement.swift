import CSQLite

/// A prepared statement. Parameters and columns count from 0.
final class Statement {
  private let handle: OpaquePointer
  /// Not owned: the database keeps its statements, not the other way round.
  private unowned let database: Database

  init(_ handle: OpaquePointer, of database: Database) {
    self.handle = handle
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  /// Makes it ready to run again, and lets go of the read lock that a half-read query holds.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  /// Sets the parameters in order.
  func bind(_ values: Value...) throws(StoringError) { try bind(values) }

  /// Sets the parameters in order.
  func bind(_ values: [Value]) throws(StoringError) {
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      let code: Int32
      switch value {
      case .integer(let number): code = sqlite3_bind_int64(handle, position, number)
      case .real(let number): code = sqlite3_bind_double(handle, position, number)
      case .text(let text):
        // With its length, so that a NUL inside does not end it.
        code = sqlite3_bind_text64(
          handle, position, text, UInt64(text.utf8.count), Statement.copying, UInt8(SQLITE_UTF8))
      case .null: code = sqlite3_bind_null(handle, position)
      case .blob(let bytes):
        // An empty array may have no address, which would bind NULL.
        code =
          bytes.isEmpty
          ? sqlite3_bind_zeroblob(handle, position, 0)
          : bytes.withUnsafeBytes {
            sqlite3_bind_blob64(handle, position, $0.baseAddress, UInt64($0.count), Statement.copying)
          }
      }
      if code != SQLITE_OK { throw database.error(code) }
    }
  }

  /// What a parameter or a column can be.
  enum Value {
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case null
  }

  /// Runs it up to the next row; false where there is none.
  func step() throws(StoringError) -> Bool {
    let code = sqlite3_step(handle)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let error = database.error(code)
      reset()
      throw error
    }
  }

  /// Runs a statement that gives no rows.
  func run() throws(StoringError) {
    defer { reset() }
    while try step() {}
  }

  /// One value for each row.
  func rows<Row>(_ read: (Statement) throws(StoringError) -> Row) throws(StoringError) -> [Row] {
    defer { reset() }
    var result: [Row] = []
    while try step() { result.append(try read(self)) }
    return result
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }
  func integer64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
  /// The bytes, copied: SQLite's own go away with the next step.
  func blob(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  /// SQLITE_TRANSIENT, a macro that Swift cannot import: SQLite copies the bytes during the call.
  private static let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
