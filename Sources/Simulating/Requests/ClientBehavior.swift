import Quantities

/// What clients do with requests that take long or fail: time out, try again, send a second one.
public struct ClientBehavior: Sendable, Hashable {
  /// How long an attempt is waited for; nil for ever. The service does not learn that nobody waits any longer unless
  /// ``cancels``: it goes on to serve the abandoned request, which is what turns a burst into a storm of retries.
  public var timeout: Duration?
  /// Attempts in all, the first among them.
  public var attempts: Int
  /// Before the second attempt; twice as long before each further one, up to ``longestBackoff``.
  public var backoff: Duration
  public var longestBackoff: Duration
  /// Waits are drawn from zero to the backoff, so that clients do not return all at once ("full jitter").
  public var hasJitter: Bool
  /// Retries (and hedges) allowed for each first attempt, as a token bucket over all clients: each request adds so much, up
  /// to ``reserve`` tokens, and each retry takes one. Nil for no limit.
  public var budget: Fraction?
  /// The tokens that the bucket holds at most, and at the start.
  public var reserve: Double
  /// When a request has no answer after this time a second one is sent beside it, and the first answer counts.
  public var hedgeAfter: Duration?
  /// From the first attempt on: after this time a request has failed, and is not tried again.
  public var deadline: Duration?
  /// Whether abandoned attempts leave the line (the service is told, or looks at deadlines). What is in service is finished.
  public var cancels: Bool

  /// - Precondition: 1 to 100 attempts, no negative times, a reserve of 0 or more.
  public init(
    timeout: Duration? = nil, attempts: Int = 1, backoff: Duration = .zero, longestBackoff: Duration = .seconds(60),
    hasJitter: Bool = true, budget: Fraction? = nil, reserve: Double = 10, hedgeAfter: Duration? = nil,
    deadline: Duration? = nil, cancels: Bool = false
  ) {
    precondition((1...100).contains(attempts), "a request is tried 1 to 100 times")
    precondition(backoff >= .zero && longestBackoff >= .zero && reserve >= 0, "waits and tokens are not negative")
    self.timeout = timeout.map { max($0, .zero) }
    self.attempts = attempts
    self.backoff = backoff
    self.longestBackoff = longestBackoff
    self.hasJitter = hasJitter
    self.budget = budget
    self.reserve = reserve
    self.hedgeAfter = hedgeAfter.map { max($0, .zero) }
    self.deadline = deadline.map { max($0, .zero) }
    self.cancels = cancels
  }

  /// Nobody gives up, nobody tries again.
  public static let patient = ClientBehavior()
}
