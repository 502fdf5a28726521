/// Something outside failed: a source that cannot be reached, or one that answers what cannot be used.
public struct ConnectingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it was. More kinds may come: switch with a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// The address itself cannot be used.
    public static let badAddress = Code("bad address")
    /// Nobody answers there: name not found, connection refused, no route.
    public static let unreachable = Code("unreachable")
    /// The other side took too long.
    public static let timeout = Code("timeout")
    /// The certificate is not trusted, or TLS failed otherwise.
    public static let insecure = Code("insecure")
    /// The other side wants a token or a password, or refuses the one it got.
    public static let unauthorized = Code("unauthorized")
    /// A token or password file cannot be read, or what it says cannot be used.
    public static let badCredentials = Code("bad credentials")
    /// Redirects without end.
    public static let redirects = Code("redirects")
    /// The answer is larger than allowed.
    public static let tooLarge = Code("too large")
    /// The connection broke before the answer was complete.
    public static let brokenOff = Code("broken off")
    /// The other side says that the request is wrong.
    public static let refused = Code("refused")
    /// The other side failed.
    public static let serverFailed = Code("server failed")
    /// The answer is not what it should be.
    public static let badAnswer = Code("bad answer")
    /// A correct answer without data.
    public static let noData = Code("no data")
    /// A correct answer with more than one series where one is needed.
    public static let severalSeries = Code("several series")
    /// The question cannot be asked as it stands.
    public static let badRequest = Code("bad request")
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
