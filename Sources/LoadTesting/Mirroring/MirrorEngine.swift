import Quantities
import Wire

/// Passes a service's traffic and has a second service do a share of it again, on one thread: the relay's events first,
/// the second service's afterwards.
final class MirrorEngine {
  private static let longestWait: Int64 = 100_000_000
  private static let grace: Int64 = 2_000_000_000

  private let settings: MirrorProxy.Settings
  private let listener: Listener
  private let ledger: MirrorLedger
  private let shadows: ShadowClients
  private let relay: Relay<MirrorCourse>

  init(
    listener: Listener, first: Endpoint, shadow: Endpoint, settings: MirrorProxy.Settings
  ) throws(LoadTestingError) {
    self.settings = settings
    self.listener = listener
    var limits = MirrorLedger.Limits()
    limits.queue = settings.queue
    limits.bytes = settings.queueBytes
    limits.request = settings.largestRequest
    ledger = MirrorLedger(share: settings.share, onlySafe: settings.onlySafe, seed: settings.seed, limits: limits)
    shadows = ShadowClients(shadow, count: settings.shadowConnections, timeout: settings.shadowTimeout.nanoseconds)
    relay = try Relay(listener, to: first, clients: settings.clients, MirrorCourse(ledger))
  }

  func run(isInterrupted: () -> Bool, onSecond: (MirrorSecond) -> Void) -> MirrorResult {
    Monotonic.wakePunctually()
    let start = Monotonic.now()
    let end = settings.duration.map { start &+ $0.nanoseconds } ?? .max
    var stopAt: Int64?
    var second = 0
    var now = start
    var shadowEvents: [Poller.Event] = []
    while true {
      if stopAt == nil, now >= end || isInterrupted() {
        stopAt = now &+ Self.grace
        listener.stopListening()
      }
      if let stopAt {
        // Those on which nothing is under way.
        relay.end { $0.care.isIdle && $0.back.waiting == 0 && $0.forth.waiting == 0 }
        if relay.open == 0, shadows.isIdle && ledger.waiting == 0 { break }
        if now >= stopAt { break }
      } else {
        relay.accept(now)
      }
      var wait = Self.longestWait
      if relay.hasQueued || shadows.hasUnread || (relay.canAccept && stopAt == nil) { wait = 0 }
      if ledger.waiting > 0 { wait = min(wait, shadows.canTake(now) ? 0 : 10_000_000) }
      if stopAt != nil { wait = min(wait, 10_000_000) }
      let count = relay.poller.wait(nanoseconds: wait)
      now = Monotonic.now()
      shadowEvents.removeAll(keepingCapacity: true)
      for i in 0..<count {
        let event = relay.poller.event(i)
        if RelayToken(event.token).side == .shadow { shadowEvents.append(event) } else { relay.take(event, now) }
      }
      relay.takeTurns(now)
      shadows.readOn(relay.buffer, RelayPace.bufferSize, relay.poller, ledger, now)
      for event in shadowEvents { shadows.take(event, relay.buffer, RelayPace.bufferSize, relay.poller, ledger, now) }
      shadows.dispatch(relay.poller, ledger, now)
      shadows.expire(relay.poller, ledger, now)
      relay.endLingering(now)
      if now &- start >= Int64(second + 1) * 1_000_000_000 {
        second = Int((now &- start) / 1_000_000_000)
        let so = ledger.result
        onSecond(
          MirrorSecond(
            second: second, requests: so.requests, mirrored: so.mirrored, dropped: so.dropped,
            connections: relay.open, waiting: ledger.waiting))
      }
    }
    relay.end { _ in true }
    shadows.end()
    var result = ledger.report()
    result.duration = .nanoseconds(now &- start)
    return result
  }
}
