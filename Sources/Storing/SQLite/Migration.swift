/// The steps that brought the schema to where it is. Each runs once, in its own transaction; the file's
/// `user_version` says how many have run. A step that was released is never changed: add another.
struct Migration {
  let summary: String
  let sql: String

  static let all: [Migration] = [
    Migration(
      summary: "traces, plans, runs and reviews",
      sql: """
        CREATE TABLE trace (
          name TEXT PRIMARY KEY,
          source TEXT NOT NULL,
          start_ns INTEGER NOT NULL,
          step_ns INTEGER NOT NULL CHECK (step_ns > 0),
          zone TEXT NOT NULL,
          count INTEGER NOT NULL,
          samples BLOB NOT NULL,          -- little-endian doubles, NaN for a gap
          peaks BLOB,                     -- the same, or NULL
          saved_ns INTEGER NOT NULL
        );
        CREATE TABLE plan (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL,
          hash TEXT NOT NULL,
          document TEXT NOT NULL,
          result TEXT NOT NULL,           -- JSON
          saved_ns INTEGER NOT NULL
        );
        CREATE INDEX plan_by_name ON plan (name, id);
        CREATE TABLE run (
          id INTEGER PRIMARY KEY,
          plan TEXT NOT NULL,
          kind TEXT NOT NULL,
          result TEXT NOT NULL,           -- JSON
          saved_ns INTEGER NOT NULL
        );
        CREATE INDEX run_by_plan ON run (plan, id);
        CREATE TABLE review (
          id INTEGER PRIMARY KEY,
          plan TEXT NOT NULL,
          period TEXT NOT NULL,
          result TEXT NOT NULL,           -- JSON
          saved_ns INTEGER NOT NULL
        );
        CREATE INDEX review_by_plan ON review (plan, id);
        """),
    Migration(
      summary: "forecasts",
      sql: """
        CREATE TABLE forecast (
          id INTEGER PRIMARY KEY,
          series TEXT NOT NULL,
          start_ns INTEGER NOT NULL,
          step_ns INTEGER NOT NULL CHECK (step_ns > 0),
          result TEXT NOT NULL,           -- JSON
          saved_ns INTEGER NOT NULL
        );
        CREATE INDEX forecast_by_series ON forecast (series, id);
        """),
  ]

  /// Marks a file as this program's: "HDRM" in ASCII.
  static let applicationID = 0x4844_524D

  /// Makes sure that a file is this program's, or empty, and not of a newer version; changes nothing in it.
  static func check(_ database: Database, migrations: [Migration] = Migration.all) throws(StoringError) {
    // In this order, because another process may be making the file's tables at this moment: whoever sees the
    // tables or the version also sees the mark, which comes with the same commit.
    let isEmpty = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
    let version = try database.integer("PRAGMA user_version")
    let isOurs = try database.integer("PRAGMA application_id") == applicationID
    let path = database.path
    guard isOurs || (isEmpty && version == 0) else {
      throw StoringError(
        .foreign, "\(path) is a database of another program", remedy: "name another file for Headroom's own data")
    }
    guard version >= 0 else {
      throw StoringError(
        .damaged, "\(path) is damaged (its schema is number \(version))",
        remedy: "restore it from a backup, or rescue what is readable with: sqlite3 \(path) .recover")
    }
    guard version <= migrations.count else {
      throw StoringError(
        .tooNew, "\(path) was written by a newer Headroom (schema \(version); this one knows \(migrations.count))",
        remedy: "update Headroom, or name another file")
    }
  }

  /// Brings a checked file up to the newest schema.
  ///
  /// - Parameters:
  ///   - canWrite: Where false, an older schema is an error instead.
  ///   - migrations: The known steps; tests shorten and lengthen the list.
  static func run(
    on database: Database, canWrite: Bool, migrations: [Migration] = Migration.all
  ) throws(StoringError) {
    let version = try database.integer("PRAGMA user_version")
    let path = database.path
    guard version < migrations.count else { return }
    guard canWrite || version > 0 else {
      throw StoringError(.readOnly, "\(path) is empty: nothing is kept in it", remedy: "keep something in it first")
    }
    guard canWrite else {
      throw StoringError(
        .readOnly, "\(path) has an older schema (\(version) of \(migrations.count)) and is open for reading only",
        remedy: "open it once for writing, which brings it up to date")
    }
    for number in version..<migrations.count {
      try database.transaction { () throws(StoringError) in
        // Another process may have come first while this one waited for the lock.
        guard try database.integer("PRAGMA user_version") == number else { return }
        try database.execute(migrations[number].sql)
        try database.execute("PRAGMA application_id = \(applicationID)")
        try database.execute("PRAGMA user_version = \(number + 1)")
      }
    }
  }
}
