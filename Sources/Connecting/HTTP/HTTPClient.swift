import Glibc
import Quantities

/// Asks over HTTP and gives back what came, or says in a sentence why nothing usable did.
///
/// Requests here are questions: asking twice does no harm, so failed connections, 429 and 5xx are tried again.
public struct HTTPClient: Sendable {
  public struct Options: Hashable, Sendable {
    /// The longest time for one attempt, from connecting to the last byte.
    public var timeout: Duration = .seconds(60)
    public var connectTimeout: Duration = .seconds(5)
    public var maximumRedirects = 5
    /// The largest answer, after decompression.
    public var maximumBytes = 256 << 20
    public var userAgent = "headroom"
    /// Certificates of the authorities to trust instead of the system's; by default what `SSL_CERT_FILE` names.
    public var authorityFile: String? = Credentials.variable("SSL_CERT_FILE")
    public var retry = RetryPolicy()
    public init() {}
  }

  public var options: Options
  public var credentials: Credentials
  /// The seed of the jitter in pauses.
  public var seed: UInt64
  /// Waits between attempts; tests put a recorder in its place.
  public var pause: @Sendable (Duration) -> Void

  public init(
    options: Options = Options(), credentials: Credentials = .none, seed: UInt64 = 1,
    pause: @escaping @Sendable (Duration) -> Void = HTTPClient.sleep
  ) {
    self.options = options
    self.credentials = credentials
    self.seed = seed
    self.pause = pause
  }

  /// Asks, repeating as the retry policy says.
  ///
  /// - Returns: The last answer, whatever its status: a 404 or a 503 that stayed is for the caller to explain.
  /// - Throws: ``ConnectingError`` where there was no complete answer.
  public func answer(to request: HTTPRequest) throws(ConnectingError) -> HTTPResponse {
    var random = RandomStream(seed: seed)
    var attempt = 0
    while true {
      let result: Result<HTTPResponse, ConnectingError> = perform(request)
      attempt += 1
      switch result {
      case .success(let response):
        guard response.isWorthRepeating, attempt <= options.retry.retries else { return response }
        pause(options.retry.pause(before: attempt, retryAfter: response.retryAfter, random: &random))
      case .failure(var error):
        guard error.code == .unreachable, attempt <= options.retry.retries else {
          if attempt > 1 { error.problem += " (tried \(attempt) times)" }
          throw error
        }
        pause(options.retry.pause(before: attempt, random: &random))
      }
    }
  }

  /// Sleeps this thread.
  @Sendable public static func sleep(_ span: Duration) {
    let nanoseconds = max(0, span.nanoseconds)
    var rest = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    var left = timespec()
    while nanosleep(&rest, &left) == -1, errno == EINTR { rest = left }
  }
}

/// One question.
public struct HTTPRequest: Hashable, Sendable {
  public var url: String
  /// Sent in the address, or as a form where the address would get too long for common proxies.
  public var parameters: [Parameter]
  public struct Parameter: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }
  /// A JSON document to send by POST; nil asks. Sent again where the server failed: it must bear being told twice.
  public var json: [UInt8]?

  public init(url: String, parameters: [Parameter] = [], json: [UInt8]? = nil) {
    self.url = url
    self.parameters = parameters
    self.json = json
  }

  /// The parameters as `application/x-www-form-urlencoded`.
  var encoded: String {
    parameters.map { "\(HTTPRequest.escaped($0.name))=\(HTTPRequest.escaped($0.value))" }.joined(separator: "&")
  }

  /// Percent-encodes all but the unreserved characters of RFC 3986.
  static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// One complete answer.
public struct HTTPResponse: Hashable, Sendable {
  public var status: Int
  /// In lower case, with its parameters: `application/json; charset=utf-8`.
  public var contentType: String
  public var retryAfter: Duration?
  public var body: [UInt8]

  /// Whether the same question may succeed later: too many requests, or a failure of the server.
  var isWorthRepeating: Bool { status == 429 || (500...599).contains(status) }
  /// Whether this is a page for people.
  var isWebPage: Bool {
    contentType.hasPrefix("text/html") || body.first { $0 > 32 } == UInt8(ascii: "<")
  }
}
