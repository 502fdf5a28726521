import Quantities

/// One series out of Prometheus, or of anything that speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).
///
/// Aggregation happens at the source: the query should already be one line such as
/// `sum(rate(http_requests_total[5m]))`. Long ranges are asked for in parts, because Prometheus refuses more than
/// 11,000 points a series in one answer.
public struct PrometheusSource: Hashable, Sendable {
  /// What to do when the query gives more than one series.
  public enum SeveralSeries: String, Hashable, Sendable, CaseIterable {
    /// An error that names some of them.
    case refuse
    /// Let Prometheus add them up.
    case sum
  }

  /// The address of the server, with its path prefix if it has one: `http://prometheus:9090`.
  public var url: String
  /// PromQL.
  public var query: String
  /// The first instant asked for.
  public let start: Timestamp
  /// The distance between instants; whole milliseconds.
  public let step: Duration
  /// How many instants are asked for.
  public let count: Int
  public var several: SeveralSeries
  /// How many points one request asks for. Prometheus allows 11,000 (`web/api/v1/api.go`); others may allow less.
  public var pointsPerRequest = 10_000

  /// The longest series that is asked for: two and a half years of minutes would be 1.3 million.
  public static let largestCount = 5_000_000

  /// - Parameters:
  ///   - url: The address of the server.
  ///   - query: PromQL that gives one series.
  ///   - range: How far back to look.
  ///   - step: The distance between points. Points lie at whole steps since 1970, so that asking again later
  ///     gives the same points.
  ///   - now: Where the range ends.
  ///   - several: What to do when there are several series.
  /// - Throws: `ConnectingError/Code/badRequest` where range or step make no sense.
  public init(
    url: String, query: String, range: Duration, step: Duration, until now: Timestamp, several: SeveralSeries = .refuse
  ) throws(ConnectingError) {
    let width = step.nanoseconds / 1_000_000
    guard width > 0, step == .milliseconds(width) else {
      throw ConnectingError(
        .badRequest, "a step of \(NumberFormat.duration(step)) cannot be asked for",
        remedy: "use whole milliseconds, one at least; 60s is usual")
    }
    let count = range.nanoseconds / 1_000_000 / width
    guard count > 0 else {
      throw ConnectingError(
        .badRequest,
        "the range of \(NumberFormat.duration(range)) is shorter than one step of \(NumberFormat.duration(step))",
        remedy: "ask for a longer range (90d) or a finer step")
    }
    guard count <= Self.largestCount else {
      throw ConnectingError(
        .badRequest, "\(count) points are too many", remedy: "use a coarser step or a shorter range")
    }
    guard query.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw ConnectingError(
        .badRequest, "the query is empty", remedy: "write PromQL, as in sum(rate(http_requests_total[5m]))")
    }
    let nanoseconds = width * 1_000_000
    let remainder = now.nanosecondsSinceEpoch % nanoseconds
    let last = now.nanosecondsSinceEpoch - (remainder < 0 ? remainder + nanoseconds : remainder)
    let (first, overflow) = last.subtractingReportingOverflow((count - 1) * nanoseconds)
    guard !overflow else {
      throw ConnectingError(.badRequest, "the range reaches back before all time", remedy: "ask for a shorter range")
    }
    self.url = url
    self.query = query
    self.start = Timestamp(nanosecondsSinceEpoch: first)
    self.step = .milliseconds(width)
    self.count = Int(count)
    self.several = several
  }

  /// Asks for the series.
  ///
  /// - Parameters:
  ///   - client: How to ask; its credentials go with each request.
  ///   - progress: Called after each answer with how many of how many requests are done.
  /// - Throws: ``ConnectingError`` with a remedy.
  public func fetch(
    using client: HTTPClient, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(ConnectingError) -> PrometheusSeries {
    var reader = PrometheusReader(source: self)
    let parts = windows
    for (index, window) in parts.enumerated() {
      let response = try client.answer(to: request(for: window))
      try reader.read(response, expecting: window)
      progress(index + 1, parts.count)
    }
    return try reader.series()
  }

  /// The instants by number, in parts that one request may ask for: no instant is in two of them.
  var windows: [Range<Int>] {
    let width = max(1, pointsPerRequest)
    return stride(from: 0, to: count, by: width).map { $0..<min($0 + width, count) }
  }

  func request(for window: Range<Int>) -> HTTPRequest {
    let stepMilliseconds = step.nanoseconds / 1_000_000
    let first = start.nanosecondsSinceEpoch / 1_000_000
    func time(_ index: Int) -> String { Self.seconds(first + Int64(index) * stepMilliseconds) }
    // The line breaks keep a comment at the query's end from swallowing the bracket.
    let asked = several == .sum ? "sum(\n\(query)\n)" : query
    return HTTPRequest(
      url: apiURL,
      parameters: [
        .init("query", asked), .init("start", time(window.lowerBound)), .init("end", time(window.upperBound - 1)),
        .init("step", Self.seconds(stepMilliseconds)),
      ])
  }

  /// Where range queries are asked: behind the server's own path prefix.
  var apiURL: String {
    var base = Substring(url)
    while base.last == "/" { base.removeLast() }
    return base + "/api/v1/query_range"
  }

  /// Milliseconds as seconds with three decimals, exactly.
  static func seconds(_ milliseconds: Int64) -> String {
    let (whole, part) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    let decimals = String(part)
    return "\(milliseconds < 0 ? "-" : "")\(whole).\(String(repeating: "0", count: 3 - decimals.count))\(decimals)"
  }
}
