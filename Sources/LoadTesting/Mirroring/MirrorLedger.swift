import Quantities

/// A request that goes to both services, and what came of it.
final class MirroredRequest {
  /// What a service made of it.
  struct Answer: Equatable {
    var status: Int
    /// Nanoseconds from the request's last byte to the response's.
    var latency: Int64
  }
  /// Head and body as the client sent them; let go once the second service has them.
  var bytes: [UInt8] = []
  var isHead = false
  var isWhole = false
  /// Whether the ledger has stopped waiting for it.
  var isGivenUp = false
  var first: Answer?
  var shadow: Answer?
  /// Whether that service will not answer any more.
  var isFirstLost = false
  var isShadowLost = false
}

/// The books of a mirror: which requests go to the second service, what waits for it, and how the two answered. Without
/// I/O and without a clock.
///
/// The second service's work is bounded in number and in bytes. What does not fit is dropped and counted: never does
/// anything wait for it.
final class MirrorLedger {
  struct Limits: Equatable {
    /// Requests that wait for the second service.
    var queue = 1000
    /// Bytes of all copies, those in the making included.
    var bytes = 64 << 20
    /// Bytes of one copy.
    var request = 1 << 20
  }
  enum ShadowFailure { case connect, timeout, reset, malformed, incomplete }

  let share: Double
  let onlySafe: Bool
  let limits: Limits
  private var random: RandomStream
  private var queue: [MirroredRequest] = []
  private var queueHead = 0
  /// Bytes of copies that are held, wherever they stand.
  private(set) var bytesHeld = 0
  private(set) var result = MirrorResult()
  private var firstLatency = LatencyRecorder()
  private var firstCompared = LatencyRecorder()
  private var shadowCompared = LatencyRecorder()
  private var slower = LatencyRecorder()
  private var faster = LatencyRecorder()
  /// Different pairs of statuses that are told apart; more are counted only.
  static let mostPairs = 200

  init(share: Double, onlySafe: Bool = false, seed: UInt64 = 1, limits: Limits = Limits()) {
    self.share = share
    self.onlySafe = onlySafe
    self.limits = limits
    random = RandomStream(seed: seed)
  }

  var waiting: Int { queue.count - queueHead }

  // MARK: The first service

  /// A request has begun. Gives back the copy to fill, where it is one of those that the second service shall see.
  func requestBegan() -> MirroredRequest? {
    result.requests += 1
    guard share > 0, share >= 1 || random.uniform() < share else { return nil }
    result.chosen += 1
    return MirroredRequest()
  }

  /// Adds bytes to a copy; false where it has become too large and is given up.
  func copy(_ bytes: UnsafePointer<UInt8>, _ count: Int, into request: MirroredRequest) -> Bool {
    guard request.bytes.count + count <= limits.request else {
      result.droppedTooLarge += 1
      giveUp(request)
      return false
    }
    guard bytesHeld + count <= limits.bytes else {
      result.droppedBehind += 1
      giveUp(request)
      return false
    }
    request.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    bytesHeld += count
    return true
  }

  /// A copy is whole: it waits for the second service, or is dropped where too many do.
  func copied(_ request: MirroredRequest, isHead: Bool, isSafe: Bool) -> Bool {
    guard isSafe || !onlySafe else {
      result.droppedUnsafe += 1
      giveUp(request)
      return false
    }
    guard waiting < limits.queue else {
      result.droppedBehind += 1
      giveUp(request)
      return false
    }
    request.isHead = isHead
    request.isWhole = true
    queue.append(request)
    return true
  }

  /// The client or the service has gone before the request was whole.
  func brokeOff(_ request: MirroredRequest) {
    guard !request.isGivenUp, !request.isWhole else { return }
    result.droppedIncomplete += 1
    giveUp(request)
  }

  private func giveUp(_ request: MirroredRequest) {
    request.isGivenUp = true
    release(request)
  }

  private func release(_ request: MirroredRequest) {
    bytesHeld -= request.bytes.count
    request.bytes = []
  }

  /// The first service has answered.
  /// - Parameter latency: nil where the answer came before the request was whole.
  func firstAnswered(_ request: MirroredRequest?, status: Int, latency: Int64?) {
    result.answered += 1
    result.statuses[status, default: 0] += 1
    if let latency { firstLatency.record(latency) }
    guard let request, !request.isGivenUp else { return }
    request.first = MirroredRequest.Answer(status: status, latency: latency ?? 0)
    compare(request)
  }

  /// The first service, or its client, has gone without an answer.
  func firstLost(_ request: MirroredRequest?) {
    result.unanswered += 1
    guard let request, !request.isGivenUp else { return }
    request.isFirstLost = true
    compare(request)
  }

  func connectionOpened() { result.connections += 1 }
  func connectionBecameOpaque() { result.opaqueConnections += 1 }
  func firstRefused() { result.refused += 1 }
  func passed(bytesFromClient: Int, bytesFromService: Int) {
    result.bytesFromClients += bytesFromClient
    result.bytesFromService += bytesFromService
  }

  // MARK: The second service

  /// The next request for the second service.
  func next() -> MirroredRequest? {
    guard queueHead < queue.count else { return nil }
    let request = queue[queueHead]
    queueHead += 1
    // Taken from the front without moving what is left each time.
    if queueHead == queue.count || queueHead >= 1024 {
      queue.removeFirst(queueHead)
      queueHead = 0
    }
    result.mirrored += 1
    return request
  }

  func shadowAnswered(_ request: MirroredRequest, status: Int, latency: Int64) {
    release(request)
    result.shadowAnswered += 1
    request.shadow = MirroredRequest.Answer(status: status, latency: latency)
    compare(request)
  }

  func shadowFailed(_ request: MirroredRequest, _ failure: ShadowFailure) {
    release(request)
    switch failure {
    case .connect: result.shadowErrors.connect += 1
    case .timeout: result.shadowErrors.timeout += 1
    case .reset: result.shadowErrors.reset += 1
    case .malformed: result.shadowErrors.malformed += 1
    case .incomplete: result.shadowErrors.incomplete += 1
    }
    request.isShadowLost = true
    compare(request)
  }

  // MARK: Both

  /// Enters a pair once both sides are known.
  private func compare(_ request: MirroredRequest) {
    switch (request.first, request.shadow) {
    case (let first?, let shadow?):
      result.compared += 1
      firstCompared.record(first.latency)
      shadowCompared.record(shadow.latency)
      let difference = shadow.latency &- first.latency
      if difference >= 0 { slower.record(difference) } else { faster.record(-difference) }
      guard first.status != shadow.status else { return }
      result.otherStatus += 1
      let pair = ShadowComparison.StatusPair(first: first.status, second: shadow.status)
      if result.statusPairs[pair] != nil || result.statusPairs.count < Self.mostPairs {
        result.statusPairs[pair, default: 0] += 1
      }
    case (.some, nil) where request.isShadowLost: result.onlyFirst += 1
    case (nil, .some) where request.isFirstLost: result.onlyShadow += 1
    default: break
    }
  }

  /// What has happened so far.
  func report() -> MirrorResult {
    var report = result
    report.waiting = waiting
    report.latency = firstLatency.spectrum()
    report.firstLatency = firstCompared.spectrum()
    report.shadowLatency = shadowCompared.spectrum()
    report.slowerP50 = difference(0.5)
    report.slowerP95 = difference(0.95)
    report.slowerP99 = difference(0.99)
    return report
  }

  /// The quantile of the differences, which lie on both sides of nothing: seconds.
  private func difference(_ p: Double) -> Double? {
    let total = slower.count + faster.count
    guard total > 0 else { return nil }
    let rank = max(1, Int(Statistics.ceilingOfRatio(p * Double(total), 1)))
    if rank <= faster.count {
      // The most negative ones come first.
      let place = Double(faster.count - rank + 1) / Double(faster.count)
      return faster.quantile(place).map { -Double($0) / 1e9 }
    }
    return slower.quantile(Double(rank - faster.count) / Double(slower.count)).map { Double($0) / 1e9 }
  }
}
