import Quantities

/// When and how long to wait before asking again: exponential backoff with full jitter, which spreads callers
/// that failed together (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
public struct RetryPolicy: Hashable, Sendable {
  /// How many times to ask again after the first failure.
  public var retries: Int
  /// The upper bound of the first pause; it doubles with each attempt.
  public var firstPause: Duration
  /// No pause is longer, not even one that the server asks for by `Retry-After`.
  public var longestPause: Duration

  public init(retries: Int = 3, firstPause: Duration = .milliseconds(250), longestPause: Duration = .seconds(30)) {
    self.retries = retries
    self.firstPause = firstPause
    self.longestPause = longestPause
  }
  public static let never = RetryPolicy(retries: 0)

  /// The pause before attempt `attempt` (1 is the first repetition).
  ///
  /// - Parameters:
  ///   - attempt: From 1.
  ///   - retryAfter: What the server asked for, if it did: a lower bound for the pause.
  ///   - random: Where the jitter comes from; half of the bound is fixed, the other half random, so that a pause
  ///     is never almost nothing.
  public func pause(before attempt: Int, retryAfter: Duration? = nil, random: inout RandomStream) -> Duration {
    let doublings = Double(1 << min(max(0, attempt - 1), 30))
    let bound = min(firstPause.seconds * doublings, longestPause.seconds)
    let jittered = bound * (0.5 + 0.5 * random.uniform())
    return .seconds(min(max(jittered, retryAfter?.seconds ?? 0), longestPause.seconds))
  }
}
