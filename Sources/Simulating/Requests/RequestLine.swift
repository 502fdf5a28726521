import Quantities
import Serving

/// A line before a replica, or before all: higher priorities first, each first come first served.
struct RequestLine {
  private var classes: [Ring<Int32>]
  /// Attempts that wait here; those that left the line are still in a ring, and no longer counted.
  var count = 0

  init(classes: Int) { self.classes = Array(repeating: Ring(), count: classes) }

  mutating func append(_ attempt: Int32, rank: Int) {
    classes[rank].append(attempt)
    count += 1
  }

  /// The next attempt, those that left the line among them.
  mutating func popFirst() -> Int32? {
    for rank in classes.indices { if let attempt = classes[rank].popFirst() { return attempt } }
    return nil
  }

  /// Who has waited at the head of each class.
  func head(_ rank: Int) -> Int32? { classes[rank].first }
  mutating func dropHead(_ rank: Int) { _ = classes[rank].popFirst() }
  var ranks: Range<Int> { classes.indices }
}

/// A request of a user.
struct RequestState {
  enum Progress: UInt8 { case open, answered, failed }
  var arrival = 0.0
  var key: UInt64 = 0
  var user: Int32 = -1
  var firstAttempt: Int32 = -1
  var generation: UInt32 = 0
  /// Attempts made, and those that may still be answered.
  var made: UInt8 = 0
  var live: UInt8 = 0
  var kind: UInt8 = 0
  var progress = Progress.open
  var isRetrying = false
  var isFree = false
}

/// One attempt of a request at a replica.
struct AttemptState {
  enum Stage: UInt8 { case waiting, serving, left }
  var sent = 0.0
  var started = 0.0
  var request: Int32 = -1
  /// The next attempt of the same request.
  var sibling: Int32 = -1
  var replica: Int32 = -1
  /// The line in which it waits.
  var line: Int32 = -1
  var generation: UInt32 = 0
  var stage = Stage.left
  /// Nobody waits for it any longer.
  var isAbandoned = false
}

/// A replica at work.
struct ReplicaState {
  var inService = 0
  /// Its place among the ready ones; negative where it takes no new requests.
  var position = -1
  var generation: UInt32 = 0
  /// What it does of what it could.
  var load = 0.0
  // Where all that it works on share its speed: work done for each since it was empty, until when that was counted, and
  // the requests by the work at which each is done.
  var progress = 0.0
  var updated = 0.0
  var shared = EventHeap()
  // In batches.
  var busyInstances = 0
  var hasDelay = false
  /// Whether it is in the list of those that may have room.
  var isRoomy = false
}

/// Where keys live on a ring of hashes, so that few move when replicas come and go (Karger et al., "Consistent hashing and
/// random trees", STOC 1997).
struct HashRing {
  /// Points of each replica: arcs then differ by about a tenth; 1 would make some replicas many times as busy as others.
  private static let points = 128
  private var ring: [(hash: UInt64, replica: Int32)] = []

  mutating func place(_ replicas: [Int32]) {
    ring = replicas.flatMap { replica in
      (0..<Self.points).map { (Self.hash(UInt64(bitPattern: Int64(replica)) << 16 | UInt64($0)), replica) }
    }
    ring.sort { $0.hash < $1.hash }
  }

  func replica(of key: UInt64) -> Int32 {
    var low = 0
    var high = ring.count
    while low < high {
      let middle = (low + high) / 2
      if ring[middle].hash < key { low = middle + 1 } else { high = middle }
    }
    return ring[low == ring.count ? 0 : low].replica
  }

  static func hash(_ value: UInt64) -> UInt64 { RandomStream(seed: value).firstNumber }
}

extension RandomStream {
  fileprivate var firstNumber: UInt64 {
    var copy = self
    return copy.next()
  }
}

/// Sums over batches of equal size whose number is not known before: when there are many, they are joined in pairs.
struct GrowingBatches {
  private var means: [Double] = []
  private var size = 64
  private var sum = 0.0
  private var count = 0

  mutating func add(_ value: Double) {
    sum += value
    count += 1
    guard count == size else { return }
    means.append(sum / Double(size))
    (sum, count) = (0, 0)
    guard means.count == 1024 else { return }
    means = stride(from: 1, to: means.count, by: 2).map { i in (means[i - 1] + means[i]) / 2 }
    size *= 2
  }

  var confidence: BatchMeans { BatchMeans(means) }
}
