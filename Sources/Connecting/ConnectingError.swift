import Quantities

/// Something outside failed: a source that cannot be reached, or one that answers what cannot be used.
public typealias ConnectingError = RoomFault<ConnectingFaults>
/// Names the room.
public enum ConnectingFaults {}

extension RoomFault<ConnectingFaults>.Code {
  /// The address itself cannot be used.
  public static var badAddress: Self { Self("bad address") }
  /// Nobody answers there: name not found, connection refused, no route.
  public static var unreachable: Self { Self("unreachable") }
  /// The other side took too long.
  public static var timeout: Self { Self("timeout") }
  /// The certificate is not trusted, or TLS failed otherwise.
  public static var insecure: Self { Self("insecure") }
  /// The other side wants a token or a password, or refuses the one it got.
  public static var unauthorized: Self { Self("unauthorized") }
  /// A token or password file cannot be read, or what it says cannot be used.
  public static var badCredentials: Self { Self("bad credentials") }
  /// Redirects without end.
  public static var redirects: Self { Self("redirects") }
  /// The answer is larger than allowed.
  public static var tooLarge: Self { Self("too large") }
  /// The connection broke before the answer was complete.
  public static var brokenOff: Self { Self("broken off") }
  /// The other side says that the request is wrong.
  public static var refused: Self { Self("refused") }
  /// The other side failed.
  public static var serverFailed: Self { Self("server failed") }
  /// The answer is not what it should be.
  public static var badAnswer: Self { Self("bad answer") }
  /// A correct answer without data.
  public static var noData: Self { Self("no data") }
  /// A correct answer with more than one series where one is needed.
  public static var severalSeries: Self { Self("several series") }
  /// A plan file names what it may not reach.
  public static var notAllowed: Self { Self("not allowed") }
  /// The question cannot be asked as it stands.
  public static var badRequest: Self { Self("bad request") }
}
