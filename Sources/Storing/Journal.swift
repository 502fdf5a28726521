import Glibc
import Quantities
import Synchronization

/// A file to which long work appends what it has done, a record a line, so that work that was killed goes on where it stopped.
///
/// - A record is there as a whole or not at all: each line begins with a checksum of its text, and a torn last line is cut
///   off when the file is opened again.
/// - What ``append(_:)`` has returned from survives the end of the process; every ``recordsPerSync`` records, and with
///   ``sync()``, the end of the machine.
/// - One process at a time holds the file.
public final class Journal: Sendable {
  /// How many records may be lost with the machine's power, and are then done again: a sync costs milliseconds.
  public static let recordsPerSync = 256

  private struct State {
    var descriptor: Int32
    var unsynced = 0
    var isFailed = false
  }
  public let path: String
  /// The records that were there when the file was opened, in order.
  public let records: [[UInt8]]
  /// The first record: what the work is.
  public let header: [UInt8]
  private let state: Mutex<State>

  /// Opens a journal, or begins one.
  ///
  /// - Parameter header: what the work is, without line breaks, for a new file; an old one keeps its own, which is the
  ///   caller's to compare.
  /// - Throws: ``StoringError`` where it cannot be opened, another process holds it, or it is a file of something else.
  public init(path: String, header: [UInt8]) throws(StoringError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StoringError(
        errno == EROFS || errno == EACCES ? .readOnly : .cannotOpen,
        "the journal \(path) cannot be opened: \(Self.reason())",
        remedy: "name a file in a folder that exists and may be written")
    }
    var isKept = false
    defer { if !isKept { close(descriptor) } }
    // A child that is being started shares the lock until it becomes its own program: some milliseconds are waited for.
    var isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    for _ in 0..<30 where !isLocked {
      usleep(10_000)
      isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
    guard isLocked else {
      throw StoringError(
        .locked, "another process writes the journal \(path)", remedy: "wait for it, or name another file")
    }
    let bytes = try Self.contents(descriptor, path)
    let (lines, end) = Self.lines(of: bytes)
    guard let first = lines.first else {
      guard bytes.isEmpty || end == 0 && Self.isTorn(bytes) else {
        throw StoringError(
          .foreign, "\(path) is no journal",
          remedy: "name a file that does not exist yet, or a journal of an earlier run")
      }
      guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.writeFault(path) }
      self.path = path
      self.header = header
      records = []
      state = Mutex(State(descriptor: descriptor))
      isKept = true
      try append(header)
      try sync()
      return
    }
    // A torn line goes, so that the next record begins on a line of its own.
    guard ftruncate(descriptor, off_t(end)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw Self.writeFault(path)
    }
    self.path = path
    self.header = first
    records = Array(lines.dropFirst())
    state = Mutex(State(descriptor: descriptor))
    isKept = true
  }

  deinit {
    state.withLock { state in
      fsync(state.descriptor)
      close(state.descriptor)
    }
  }

  /// Appends a record. When this returns, the end of the process does not take it away.
  ///
  /// - Parameter record: without line breaks, which would end it early.
  public func append(_ record: [UInt8]) throws(StoringError) {
    precondition(!record.contains(10), "a journal's record is one line")
    let line = Self.checksum(record) + [32] + record + [10]
    let isWritten = state.withLock { state -> Bool in
      guard !state.isFailed else { return false }
      var written = 0
      while written < line.count {
        let n = line.withUnsafeBytes {
          write(state.descriptor, $0.baseAddress?.advanced(by: written), line.count - written)
        }
        if n < 0, errno == EINTR { continue }
        guard n > 0 else {
          // A half line stands at the end: nothing may be put behind it.
          state.isFailed = true
          return false
        }
        written += n
      }
      state.unsynced += 1
      if state.unsynced >= Self.recordsPerSync {
        state.unsynced = 0
        guard fdatasync(state.descriptor) == 0 else { return false }
      }
      return true
    }
    guard isWritten else { throw Self.writeFault(path) }
  }

  /// Brings everything to the disk.
  public func sync() throws(StoringError) {
    let isSynced = state.withLock { state in
      state.unsynced = 0
      return fdatasync(state.descriptor) == 0
    }
    guard isSynced else { throw Self.writeFault(path) }
  }

  // MARK: Reading

  private static func contents(_ descriptor: Int32, _ path: String) throws(StoringError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let n = read(descriptor, &chunk, chunk.count)
      if n < 0, errno == EINTR { continue }
      guard n >= 0 else {
        throw StoringError(.failed, "the journal \(path) cannot be read: \(reason())", remedy: "name another file")
      }
      if n == 0 { return bytes }
      bytes += chunk[..<n]
    }
  }

  /// The whole lines from the start on, and where the last of them ends. What follows a damaged line does not count: it
  /// is done again.
  static func lines(of bytes: [UInt8]) -> (lines: [[UInt8]], end: Int) {
    var lines: [[UInt8]] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: 10) {
      let line = bytes[start..<end]
      guard line.count > 17, line[start + 16] == 32 else { break }
      let record = Array(line.dropFirst(17))
      guard checksum(record) == Array(line.prefix(16)) else { break }
      lines.append(record)
      start = end + 1
    }
    return (lines, start)
  }

  /// Whether a file without a whole line is what a killed process left of its first.
  private static func isTorn(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(10) && bytes.prefix(16).allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Tells a torn line from a whole one.
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] { Array(fingerprint(bytes).utf8) }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func writeFault(_ path: String) -> StoringError {
    let isFull = errno == ENOSPC || errno == EDQUOT || errno == EFBIG
    return StoringError(
      isFull ? .diskFull : .failed, "the journal \(path) cannot be written: \(reason())",
      remedy: isFull
        ? "make room and run the same command again: it goes on from the last whole record" : "name another file")
  }
}
