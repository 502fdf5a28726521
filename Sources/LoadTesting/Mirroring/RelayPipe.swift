/// One direction of a connection that is passed on as it comes: what to do next, as a machine without I/O.
///
/// At most one buffer's worth waits here. While it waits nothing more is read, so that a slow receiver slows its sender
/// and nothing piles up; the end of the one side becomes the end of the other once all before it has gone through.
struct RelayPipe: RelayedPipe {
  enum Step: Equatable {
    /// Read from the source; what came is told by ``passed(_:of:_:)``.
    case read
    /// Write what waits; what went is told by ``wrote(_:)``.
    case write
    /// Tell the destination that no more comes, then ``passedEnd()``.
    case endWriting
    /// Nothing until a socket becomes ready.
    case rest
    /// All has gone through, the end too.
    case finished
  }

  private(set) var backlog: [UInt8] = []
  private(set) var start = 0
  var isReadable = false
  var isWritable = false
  private(set) var hasEnded = false
  private(set) var hasPassedEnd = false
  private(set) var bytesPassed = 0

  var bytes: [UInt8] { backlog }

  var step: Step {
    if hasPassedEnd { return .finished }
    guard isWritable else { return .rest }
    if waiting > 0 { return .write }
    if hasEnded { return .endWriting }
    return isReadable ? .read : .rest
  }

  /// So many of the bytes just read have been written; the rest waits here.
  mutating func passed(_ written: Int, of bytes: UnsafePointer<UInt8>, _ count: Int) {
    bytesPassed &+= written
    guard written < count else { return }
    isWritable = false
    backlog.append(contentsOf: UnsafeBufferPointer(start: bytes + written, count: count - written))
  }

  /// So many of the waiting bytes have been written.
  mutating func wrote(_ written: Int) {
    bytesPassed &+= written
    start += written
    if start >= backlog.count {
      // A connection that is slow once need not hold a buffer for ever.
      backlog = []
      start = 0
    } else {
      isWritable = false
    }
  }

  /// The source has ended properly.
  mutating func ended() {
    hasEnded = true
    isReadable = false
  }
  mutating func passedEnd() { hasPassedEnd = true }
}
