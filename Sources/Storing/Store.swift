import Documents
import Glibc
import Quantities
import Synchronization

/// What Headroom remembers: traces, plans, runs and reviews, in one SQLite file.
///
/// When a save returns, what it saved is on disk: it survives the end of the process and of the machine
/// (write-ahead log with `synchronous=FULL`). Several processes may use one file; they wait for one another.
public final class Store: Sendable {
  /// What may be done with the file.
  public enum Access: Hashable, Sendable { case readWrite, readOnly }

  let database: Mutex<Database>

  /// Opens a file; for writing, makes it and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - path: The file. Its folder must exist.
  ///   - access: Whether it may be written.
  ///   - busyTimeout: How long to wait for another process that is writing.
  /// - Throws: ``StoringError`` with the remedy.
  public init(
    path: String, access: Access = .readWrite, busyTimeout: Duration = .seconds(5)
  ) throws(StoringError) {
    let canWrite = access == .readWrite
    let isNew = canWrite && Glibc.access(path, F_OK) != 0
    do {
      let database = try Database(path: path, canWrite: canWrite, busyTimeout: busyTimeout)
      // First of all: the log's setting is written into the file, and a file of others is left as it is.
      try Migration.check(database)
      if canWrite {
        // A write-ahead log lets readers go on while one process writes; FULL syncs it at every commit.
        try database.execute("PRAGMA journal_mode = WAL")
        try database.execute("PRAGMA synchronous = FULL")
      }
      try Migration.run(on: database, canWrite: canWrite)
      self.database = Mutex(database)
    } catch {
      // A file that this made and could not make whole keeps nothing: it goes, with its log.
      if isNew, error.code != .locked { for ending in ["", "-wal", "-shm"] { unlink(path + ending) } }
      throw error
    }
  }

  /// The error for a name that is not there, with the nearest that is.
  static func notFound(_ what: String, _ name: String, among names: [String]) -> StoringError {
    let remedy =
      if let near = nearest(name, in: names) {
        "did you mean '\(near)'?"
      } else if names.isEmpty {
        "nothing is saved yet: save one first"
      } else {
        "known: \(names.prefix(10).joined(separator: ", "))\(names.count > 10 ? ", ..." : "")"
      }
    return StoringError(.notFound, "no \(what) named '\(name)' is saved", remedy: remedy)
  }
}
