/// A load test that cannot start or go on.
public struct LoadTestingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it was. More kinds may come: switch with a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// The address is not one that can be loaded.
    public static let badTarget = Code("bad target")
    /// The host is neither this machine nor allowed.
    public static let hostNotAllowed = Code("host not allowed")
    /// More load or a longer test than the limits allow.
    public static let aboveLimit = Code("above the limit")
    /// The settings contradict each other or make no sense.
    public static let badSettings = Code("bad settings")
    /// The service cannot be reached.
    public static let unreachable = Code("unreachable")
    /// The system gives no more sockets or memory.
    public static let exhausted = Code("exhausted")
  }

  public var code: Code
  /// What happened, without a full stop.
  public var problem: String
  /// What to do next, without a full stop. Never empty.
  public var remedy: String

  public init(_ code: Code, _ problem: String, remedy: String) {
    precondition(!remedy.isEmpty, "an error names what to do next")
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }

  public var description: String { "\(problem); \(remedy)" }
}
