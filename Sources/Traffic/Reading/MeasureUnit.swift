/// The unit behind a number or in a column's name: `K`, `ms`, `%`, `req/s`, `Mil`, `KiB`.
struct MeasureUnit: Hashable, Sendable {
  enum Dimension: Hashable, Sendable {
    /// A bare number, or one of things.
    case number
    /// Things per time.
    case rate
    case share, time, bytes
  }
  var dimension: Dimension
  /// By what a number is multiplied: rates to per second, times to seconds, bytes to bytes, shares stay percent.
  var scale: Double

  /// Nil where the text is no unit that is known for certain: `m` may be milli or a minute, `B` a billion or a byte.
  init?(_ text: String) {
    let text = text.trimmed.replacing("\u{B5}", with: "u").replacing("\u{3BC}", with: "u")
    guard !text.isEmpty else { return nil }
    // 1/s, as Prometheus' own units have it.
    var left = text
    var per: Double?
    for sign in ["/", " per ", " p. "] {
      guard let range = text.firstRange(of: sign) else { continue }
      guard let seconds = MeasureUnit.spans[String(text[range.upperBound...]).trimmed.lowercased()] else { return nil }
      left = String(text[..<range.lowerBound]).trimmed
      if left == "1" { left = "" }
      per = seconds
      break
    }
    let found: (Dimension, Double)? = left.isEmpty ? (Dimension.number, 1.0) : MeasureUnit.whole(left)
    guard let (dimension, scale) = found else { return nil }
    guard let per else {
      (self.dimension, self.scale) = (dimension, scale)
      return
    }
    guard dimension == .number else { return nil }
    (self.dimension, self.scale) = (.rate, scale / per)
  }

  private static func whole(_ text: String) -> (Dimension, Double)? {
    if let known = exact[text] { return known }
    if let known = words[text.lowercased()] { return known }
    if let scale = scales[text] ?? longScales[text.lowercased()] { return (.number, scale) }
    if let blank = text.firstIndex(of: " ") {
      let (first, rest) = (String(text[..<blank]), String(text[blank...]).trimmed)
      guard let scale = scales[first] ?? longScales[first.lowercased()], let (dimension, own) = whole(rest),
        dimension == .number || dimension == .rate
      else { return nil }
      return (dimension, scale * own)
    }
    // kreq, Mreq, Krps.
    guard let first = text.first, let scale = scales[String(first)],
      let (dimension, own) = words[String(text.dropFirst()).lowercased()]
    else { return nil }
    return (dimension, scale * own)
  }

  private static let scales: [String: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15]
  /// Mil, Bil and Tri are those of Grafana's "short"; the others are German.
  private static let longScales: [String: Double] = [
    "mil": 1e6, "bil": 1e9, "tri": 1e12, "thousand": 1e3, "million": 1e6, "mio": 1e6, "mio.": 1e6, "mrd": 1e9,
    "mrd.": 1e9, "tsd": 1e3, "tsd.": 1e3, "bn": 1e9, "mn": 1e6,
  ]
  private static let exact: [String: (Dimension, Double)] = [
    "%": (.share, 1), "ns": (.time, 1e-9), "us": (.time, 1e-6), "ms": (.time, 1e-3), "s": (.time, 1),
    "kB": (.bytes, 1e3), "KB": (.bytes, 1e3), "MB": (.bytes, 1e6), "GB": (.bytes, 1e9), "TB": (.bytes, 1e12),
    "KiB": (.bytes, 1024), "MiB": (.bytes, 1_048_576), "GiB": (.bytes, 1_073_741_824),
    "TiB": (.bytes, 1_099_511_627_776),
    // As Kubernetes writes memory: kubectl top.
    "Ki": (.bytes, 1024), "Mi": (.bytes, 1_048_576), "Gi": (.bytes, 1_073_741_824), "Ti": (.bytes, 1_099_511_627_776),
  ]
  private static let words: [String: (Dimension, Double)] = {
    var all: [String: (Dimension, Double)] = [:]
    for word in [
      "req", "reqs", "request", "requests", "r", "op", "ops", "q", "query", "queries", "call", "calls", "hit", "hits",
      "event", "events", "msg", "msgs", "message", "messages", "io", "count", "session", "sessions", "token", "tokens",
      "tok", "transaction", "transactions", "tx", "row", "rows", "conn",
    ] { all[word] = (.number, 1) }
    for word in ["rps", "qps", "tps", "reqps", "ops/s", "cps", "wps", "iops", "eps", "rqps"] { all[word] = (.rate, 1) }
    for word in ["rpm", "qpm", "tpm", "opm", "cpm", "epm"] { all[word] = (.rate, 1 / 60) }
    all["rph"] = (.rate, 1 / 3600)
    for word in ["percent", "pct"] { all[word] = (.share, 1) }
    for word in ["sec", "secs", "second", "seconds"] { all[word] = (.time, 1) }
    for word in ["min", "mins", "minute", "minutes"] { all[word] = (.time, 60) }
    for word in ["hour", "hours"] { all[word] = (.time, 3600) }
    for word in ["day", "days"] { all[word] = (.time, 86400) }
    for word in ["byte", "bytes"] { all[word] = (.bytes, 1) }
    return all
  }()
  private static let spans: [String: Double] = [
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "m": 60, "h": 3600, "hr": 3600,
    "hour": 3600, "d": 86400, "day": 86400, "w": 604_800, "week": 604_800,
  ]
}

/// What the numbers of a column count, as far as its name tells.
enum ColumnMeaning: Hashable, Sendable {
  /// Per so many seconds.
  case rate(per: Double)
  case count
  /// A count since some start, which falls only when it starts again.
  case counter
  /// A name of things that are counted, which people give to rates as well.
  case either
  case unknown

  /// The meaning of a name or an expression: `requests_per_second`, `count(*)`, `sum(rate(http_requests_total[5m]))`.
  init(name: String) {
    let lower = name.lowercased()
    let plain = ColumnGuess.plain(name)
    func has(_ parts: String...) -> Bool { parts.contains { lower.contains($0) } }
    func says(_ parts: String...) -> Bool { parts.contains { plain.contains($0) } }
    func ends(_ parts: String...) -> Bool { parts.contains { lower.hasSuffix($0) } }
    let isExpression = has("rate(", "irate(", "deriv(", "as_rate()", ":rate")
    let isPerSecond = says("persecond", "persec", "reqps") || has("/s)", "/sec", "/second", "req/s", "/s]")
    let isShort =
      ["rate", "throughput", "requestrate"].contains(plain) || ends("rps", "qps", " tps", "_tps", "/s", "_rate")
    if isExpression || isPerSecond || isShort || plain == "tps" {
      self = .rate(per: 1)
    } else if says("perminute", "permin") || has("/min") || plain == "rpm" || lower.hasSuffix("_rpm") {
      self = .rate(per: 60)
    } else if says("perhour") || has("/h)", "/hour", "/hr") || lower.hasSuffix("/h") {
      self = .rate(per: 3600)
    } else if says("perday") || has("/day") {
      self = .rate(per: 86400)
    } else if ColumnMeaning.isCount(lower, plain) {
      self = .count
    } else if ends("_total", "_count", "_sum") || has("_total{", "_count{", "_total[") || says("cumulative") {
      self = .counter
    } else if ColumnMeaning.openNames.contains(plain) {
      self = .either
    } else {
      self = .unknown
    }
  }

  private static func isCount(_ lower: String, _ plain: String) -> Bool {
    if countNames.contains(plain) { return true }
    let calls = ["increase(", "delta(", "count(", "as_count()", "countif(", "sumif("]
    if calls.contains(where: { lower.contains($0) }) { return true }
    return ["countof", "numberof"].contains { plain.contains($0) }
      || ["requestcount", "invocationcount", "eventcount"].contains { plain.hasSuffix($0) }
  }

  private static let countNames: Set<String> = [
    "count", "cnt", "sessions", "visits", "visitors", "users", "activeusers", "newusers", "totalusers", "pageviews",
    "views", "screenpageviews", "hits", "events", "invocations", "numrequests", "nrequests", "orders", "clicks",
    "impressions", "transactions", "messages", "calls", "records", "doccount", "engagedsessions", "conversions",
  ]
  private static let openNames: Set<String> = ["requests", "request", "reqs", "total", "volume", "sum"]
}
