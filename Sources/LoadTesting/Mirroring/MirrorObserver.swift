import Wire

/// Looks at a connection's bytes as they pass: where requests and responses begin and end. It changes nothing and can
/// hold nothing up; what it does not understand passes unseen.
struct MirrorObserver {
  /// A request whose response has not come whole yet.
  private struct Pending {
    var isHead: Bool
    var asksForUpgrade: Bool
    var isConnect: Bool
    /// When the client's last byte of it passed; nil while it is under way.
    var completedAt: Int64?
    var copy: MirroredRequest?
  }
  private var request = RequestParser()
  private var response = ResponseParser()
  private var pending: [Pending] = []
  private var head = 0
  /// The copy of the request that is coming in.
  private var copy: MirroredRequest?
  private var isInRequest = false
  /// Whether it was answered while it was still coming in.
  private var isAnsweredEarly = false
  /// Whether the bytes that pass are no HTTP/1.1 any more, or never were.
  private(set) var isOpaque = false

  /// Requests without their response.
  var underWay: Int { pending.count - head }
  /// Whether nothing is under way in either direction.
  var isIdle: Bool { isOpaque || (underWay == 0 && !isInRequest && !response.hasBegun) }

  // MARK: Requests

  mutating func clientSent(_ base: UnsafePointer<UInt8>, _ count: Int, _ now: Int64, _ ledger: MirrorLedger) {
    guard !isOpaque else { return }
    var offset = 0
    while true {
      let start = offset
      let step = request.step(base, count, from: &offset)
      if !isInRequest, request.hasBegun {
        isInRequest = true
        isAnsweredEarly = false
        copy = ledger.requestBegan()
        pending.append(Pending(isHead: false, asksForUpgrade: false, isConnect: false, completedAt: nil, copy: copy))
      }
      if let kept = copy, offset > start, !ledger.copy(base + start, offset - start, into: kept) { dropCopy() }
      switch step {
      case .body: continue
      case .needsMore: return
      case .complete: requestEnded(now, ledger)
      case .malformed:
        becomeOpaque(ledger)
        return
      }
      // What follows belongs to the next request.
      if offset >= count { return }
    }
  }

  private mutating func requestEnded(_ now: Int64, _ ledger: MirrorLedger) {
    if let kept = copy {
      // What is another protocol from here on cannot be asked of two services.
      if request.asksForUpgrade || request.isConnect {
        ledger.brokeOff(kept)
        dropCopy()
      } else if !ledger.copied(kept, isHead: request.isHead, isSafe: request.isSafe) {
        dropCopy()
      }
    }
    if !isAnsweredEarly, underWay > 0 {
      pending[pending.count - 1].completedAt = now
      pending[pending.count - 1].isHead = request.isHead
      pending[pending.count - 1].asksForUpgrade = request.asksForUpgrade
      pending[pending.count - 1].isConnect = request.isConnect
    }
    copy = nil
    isInRequest = false
    request.begin()
  }

  private mutating func dropCopy() {
    copy = nil
    if !isAnsweredEarly, underWay > 0 { pending[pending.count - 1].copy = nil }
  }

  // MARK: Responses

  mutating func serviceSent(_ base: UnsafePointer<UInt8>, _ count: Int, _ now: Int64, _ ledger: MirrorLedger) {
    guard !isOpaque else { return }
    var offset = 0
    while offset < count {
      if !response.hasBegun {
        // Nobody asked: whatever this is, the answers could not be told apart any more.
        guard underWay > 0 else { return becomeOpaque(ledger) }
        let asked = pending[head]
        response.begin(isHead: asked.completedAt == nil ? request.isHead : asked.isHead)
      }
      switch response.step(base, count, from: &offset) {
      case .body: continue
      case .needsMore: return
      case .malformed: return becomeOpaque(ledger)
      case .complete: responseEnded(now, ledger)
      }
      if isOpaque { return }
    }
    // A response without content is complete with its last byte, which was used up by the step before.
    if response.hasBegun, response.step(base, 0, from: &offset) == .complete { responseEnded(now, ledger) }
  }

  private mutating func responseEnded(_ now: Int64, _ ledger: MirrorLedger) {
    let status = response.status
    response.begin()
    guard underWay > 0 else { return }
    let asked = pending[head]
    head += 1
    if head == pending.count || head > 64 {
      pending.removeFirst(head)
      head = 0
    }
    if asked.completedAt == nil { isAnsweredEarly = true }
    ledger.firstAnswered(asked.copy, status: status, latency: asked.completedAt.map { max(0, now &- $0) })
    if asked.asksForUpgrade && status == 101 || asked.isConnect && (200...299).contains(status) {
      becomeOpaque(ledger)
    }
  }

  /// The service has ended its half: that is how some responses end.
  mutating func serviceEnded(_ now: Int64, _ ledger: MirrorLedger) {
    guard !isOpaque, response.hasBegun, response.end() == .complete else { return }
    responseEnded(now, ledger)
  }

  // MARK: The end

  private mutating func becomeOpaque(_ ledger: MirrorLedger) {
    isOpaque = true
    ledger.connectionBecameOpaque()
    abandon(ledger)
  }

  /// The connection is over: what is under way stays unanswered.
  mutating func connectionEnded(_ ledger: MirrorLedger) {
    guard !isOpaque else { return }
    isOpaque = true
    abandon(ledger)
  }

  private mutating func abandon(_ ledger: MirrorLedger) {
    if let kept = copy { ledger.brokeOff(kept) }
    copy = nil
    for asked in pending[head...] { ledger.firstLost(asked.copy) }
    pending = []
    head = 0
  }
}
