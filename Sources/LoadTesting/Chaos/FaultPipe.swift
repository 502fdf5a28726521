import Quantities

/// One direction of a connection through a faulty network: which bytes may go on and when, as a machine without I/O.
///
/// Bytes keep their order whatever the jitter, as TCP keeps it. What waits here is bounded; while it is full nothing more
/// is read.
struct FaultPipe: RelayedPipe {
  /// 100 ms of 40 MB/s: more bandwidth than that is not delayed faithfully.
  static let capacity = 4 << 20

  private struct Chunk {
    var count: Int
    var due: Int64
  }
  private(set) var bytes: [UInt8] = []
  private(set) var start = 0
  private var chunks: [Chunk] = []
  private var firstChunk = 0
  private var lastDue: Int64 = 0
  /// When the bandwidth allows the next bytes.
  private var nextFree: Int64 = 0
  private var endDue: Int64 = 0
  var isReadable = false
  var isWritable = false
  private(set) var hasEnded = false
  private(set) var hasPassedEnd = false
  private(set) var isSwallowing = false
  private(set) var bytesPassed = 0
  private(set) var bytesSwallowed = 0
  private var random: RandomStream

  init(random: RandomStream) { self.random = random }

  func step(_ now: Int64, _ toxics: Toxics) -> RelayStep {
    if hasPassedEnd { return .finished }
    if isSwallowing { return isReadable ? .read : .rest }
    var wait: Int64?
    if waiting > 0 {
      let due = max(chunks[firstChunk].due, toxics.bandwidth == nil ? 0 : nextFree)
      if due > now { wait = due } else if isWritable { return .write(allowance(now, toxics)) }
    } else if hasEnded {
      if endDue > now { return .until(endDue) }
      return isWritable ? .endWriting : .rest
    }
    // Reading goes on while bytes wait for their time: what is on a long way takes no room from what comes behind.
    if isReadable, !hasEnded, waiting < Self.capacity { return .read }
    return wait.map { .until($0) } ?? .rest
  }

  /// Bytes whose time has come, at most what the bandwidth lets through in 10 ms, so that a limit is smooth.
  private func allowance(_ now: Int64, _ toxics: Toxics) -> Int {
    var count = 0
    for chunk in chunks[firstChunk...] where chunk.due <= now {
      count += chunk.count
      if count >= 65_536 { break }
    }
    guard let bandwidth = toxics.bandwidth else { return count }
    return min(count, max(1, Int(min(1e9, bandwidth * 0.01))))
  }

  /// Takes in what was read.
  /// - Parameter delays: whether this direction is the one that latency is added to.
  mutating func took(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ now: Int64, _ toxics: Toxics, delays: Bool
  ) {
    guard !isSwallowing else {
      bytesSwallowed &+= count
      return
    }
    var due = now
    if delays {
      let jitter = toxics.jitter.nanoseconds
      due = now &+ toxics.latency.nanoseconds
      if jitter > 0 { due = due &+ Int64(random.uniform(-Double(jitter), Double(jitter))) }
    }
    lastDue = max(lastDue, max(now, due))
    bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
    chunks.append(Chunk(count: count, due: lastDue))
  }

  mutating func wrote(_ count: Int, _ now: Int64, _ toxics: Toxics) {
    bytesPassed &+= count
    start += count
    var left = count
    while left > 0, firstChunk < chunks.count {
      let piece = min(left, chunks[firstChunk].count)
      chunks[firstChunk].count -= piece
      left -= piece
      if chunks[firstChunk].count == 0 { firstChunk += 1 }
    }
    if let bandwidth = toxics.bandwidth {
      // Time that was not used is not saved up: a limit holds in every stretch.
      nextFree = max(nextFree, now) &+ Int64(Double(count) / bandwidth * 1e9)
    }
    if start == bytes.count {
      bytes = []
      chunks = []
      start = 0
      firstChunk = 0
    } else if start >= 1 << 20 {
      bytes.removeFirst(start)
      chunks.removeFirst(firstChunk)
      start = 0
      firstChunk = 0
    }
  }

  mutating func ended(_ now: Int64, _ toxics: Toxics) {
    hasEnded = true
    isReadable = false
    endDue = max(now, lastDue) &+ toxics.slowClose.nanoseconds
  }
  mutating func passedEnd() { hasPassedEnd = true }

  /// From here on everything vanishes, for ever: a stream that has lost bytes cannot go on.
  mutating func swallow() {
    isSwallowing = true
    bytesSwallowed &+= waiting
    bytes = []
    chunks = []
    start = 0
    firstChunk = 0
  }
}
