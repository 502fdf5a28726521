import Quantities
import Synchronization

/// How often a client may ask: a bucket of tokens for all of its requests, and a smaller one for those that compute.
///
/// Buckets of clients that were silent until theirs was full again are forgotten, so that the memory is bounded by who asks.
public final class RateLimits: Sendable {
  /// Requests a second, on average, and how many at once.
  public struct Rate: Sendable {
    public var perSecond: Double
    public var burst: Double
    public init(perSecond: Double, burst: Double) {
      self.perSecond = perSecond
      self.burst = burst
    }
  }

  private struct Bucket {
    var tokens: Double
    var at: Double
  }
  private struct State {
    var all: [String: Bucket] = [:]
    var computing: [String: Bucket] = [:]
  }
  private let state = Mutex(State())
  let all: Rate
  let computing: Rate
  static let mostClients = 4096

  public init(
    all: Rate = Rate(perSecond: 1e9, burst: 1e9), computing: Rate = Rate(perSecond: 50, burst: 200)
  ) {
    self.all = all
    self.computing = computing
  }

  /// Takes a request of a client.
  /// - Returns: whole seconds to wait where it is one too many.
  func take(_ client: String, at now: Timestamp) -> Int? {
    state.withLock { Self.take(&$0.all, client, all, now.secondsSinceEpoch) }
  }
  /// The same of one that computes.
  func takeComputing(_ client: String, at now: Timestamp) -> Int? {
    state.withLock { Self.take(&$0.computing, client, computing, now.secondsSinceEpoch) }
  }

  private static func take(
    _ buckets: inout [String: Bucket], _ client: String, _ rate: Rate, _ now: Double
  ) -> Int? {
    if buckets.count >= mostClients, buckets[client] == nil {
      buckets = buckets.filter { $0.value.tokens + (now - $0.value.at) * rate.perSecond < rate.burst }
      // Thousands at once: whoever is new waits.
      if buckets.count >= mostClients { return 1 }
    }
    var bucket = buckets[client] ?? Bucket(tokens: rate.burst, at: now)
    bucket.tokens = min(rate.burst, bucket.tokens + max(0, now - bucket.at) * rate.perSecond)
    bucket.at = max(bucket.at, now)
    defer { buckets[client] = bucket }
    guard bucket.tokens >= 1 else {
      return max(1, Int(((1 - bucket.tokens) / max(rate.perSecond, 1e-6)).rounded(.up)))
    }
    bucket.tokens -= 1
    return nil
  }
}
