import Quantities

/// Where requests wait that find every replica busy, and how long.
public struct QueueSpec: Sendable, Hashable {
  /// How much may wait; what comes on top is turned away.
  public enum Limit: Sendable, Hashable {
    case none
    /// Requests.
    case requests(Double)
    /// As many requests as the ready replicas (at least one) serve in this time.
    case time(Duration)
  }

  public var limit: Limit
  /// Requests that have waited this long give up; nil where they wait for ever.
  public var deadline: Duration?

  /// The default is a line without limit before which clients give up after 30 s, a common HTTP timeout: a longer
  /// one serves more requests late, a shorter one turns lateness into errors.
  public init(limit: Limit = .none, deadline: Duration? = .seconds(30)) {
    self.limit = limit
    self.deadline = deadline.map { max($0, .zero) }
  }

  /// Nothing waits: what exceeds capacity is turned away at once.
  public static let absent = QueueSpec(limit: .requests(0), deadline: nil)
  /// Everything waits, for as long as it takes.
  public static let endless = QueueSpec(limit: .none, deadline: nil)
}
