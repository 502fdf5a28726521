import Quantities
import Wire

/// A proxy before a service that has a second one do the same work beside it.
///
/// Bytes pass between clients and the first service unchanged, connection by connection; the mirror looks at them as
/// they pass. A share of the requests is copied and sent to the second service over connections of its own, after
/// everything that the first service and its clients wait for has been done.
public struct MirrorProxy: Sendable {
  public struct Settings: Sendable {
    /// Where clients connect to: host and port. Port 0 is any that is free.
    public var listenHost: String
    public var listenPort: Int
    /// The share of requests that the second service gets, 0 to 1.
    public var share: Double
    /// Whether only requests that change nothing (GET, HEAD, OPTIONS, TRACE) are copied.
    public var onlySafe = false
    public var seed: UInt64 = 1
    /// How long the second service has to answer.
    public var shadowTimeout: Duration = .seconds(10)
    /// The most connections to the second service.
    public var shadowConnections = 32
    /// Requests and bytes that may wait for the second service, and the bytes of one.
    public var queue = 1000
    public var queueBytes = 64 << 20
    public var largestRequest = 1 << 20
    /// Nil until it is interrupted.
    public var duration: Duration?
    /// The most clients at a time; more wait to be accepted.
    public var clients = 10_000

    public init(listenHost: String = "127.0.0.1", listenPort: Int = 0, share: Double = 1) {
      self.listenHost = listenHost
      self.listenPort = listenPort
      self.share = share
    }
  }

  let first: LoadTarget
  let shadow: LoadTarget
  public let settings: Settings
  private let listener: Listener

  /// Begins to listen; clients wait until ``run(isInterrupted:onSecond:)``.
  /// - Parameters:
  ///   - first: the service whose traffic it is; only its address counts.
  ///   - shadow: the service that gets the copies; only its address counts.
  public init(to first: LoadTarget, shadow: LoadTarget, _ settings: Settings) throws(LoadTestingError) {
    for target in [first, shadow] {
      guard target.security == nil else {
        throw LoadTestingError(
          .badTarget, "'\(target.url)' is https, which a mirror cannot look into",
          remedy: "let the mirror stand behind what ends TLS, and name the services by http")
      }
      guard target.path == "/" else {
        throw LoadTestingError(
          .badTarget, "'\(target.url)' has a path, but requests keep the path that clients ask for",
          remedy: "name the host and port alone, as http://localhost:8081")
      }
    }
    func check(_ isFine: Bool, _ problem: String, _ remedy: String) throws(LoadTestingError) {
      guard isFine else { throw LoadTestingError(.badSettings, problem, remedy: remedy) }
    }
    try check(
      settings.share >= 0 && settings.share <= 1, "the share \(settings.share) is none",
      "write --share 10%, at most 100%"
    )
    try check(
      (1...1000).contains(settings.shadowConnections), "\(settings.shadowConnections) connections to the shadow",
      "write 1 to 1000")
    try check(
      settings.queue > 0 && settings.queueBytes > 0 && settings.largestRequest > 0, "a queue without room",
      "write a size above 0")
    try check(settings.shadowTimeout > .zero, "a timeout of nothing fails every request", "write --timeout 1s")
    try check(settings.clients > 0, "a mirror needs clients", "write 1 or more")
    self.first = first
    self.shadow = shadow
    self.settings = settings
    do {
      listener = try Listener.listening(host: settings.listenHost, port: settings.listenPort)
    } catch {
      throw LoadTestingError(.badSettings, error.problem, remedy: error.remedy)
    }
  }

  /// The port that clients connect to.
  public var port: Int { listener.port }

  /// Passes traffic on the calling thread, until it is interrupted or its time is over. Requests that are under way then
  /// get their answers, for two seconds at most.
  public func run(
    isInterrupted: () -> Bool = { false }, onSecond: (MirrorSecond) -> Void = { _ in }
  ) throws(LoadTestingError) -> MirrorResult {
    defer { listener.end() }
    let engine = try MirrorEngine(
      listener: listener, first: first.endpoint, shadow: shadow.endpoint, settings: settings)
    return engine.run(isInterrupted: isInterrupted, onSecond: onSecond)
  }
}
