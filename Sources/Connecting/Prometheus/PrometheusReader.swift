import Documents
import Quantities
import Traffic

/// Puts the answers to a source's requests together. Does no input or output itself.
///
/// The API: https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
struct PrometheusReader {
  private let source: PrometheusSource
  var address: String { source.url }
  private var values: [Double]
  /// Which points had a sample, finite or not.
  private var seen: [Bool]
  private var labels: [String] = []
  private var notes: [TraceNote] = []
  private var nonFinite: [Int] = []
  private var requests = 0

  init(source: PrometheusSource) {
    self.source = source
    values = Array(repeating: .nan, count: source.count)
    seen = Array(repeating: false, count: source.count)
  }

  /// Takes one answer in.
  mutating func read(_ response: HTTPResponse, expecting window: Range<Int>) throws(ConnectingError) {
    requests += 1
    let root = try document(of: response)
    for (key, severity) in [("warnings", TraceNote.Severity.warning), ("infos", .note)] {
      for text in root[key]?.elements?.compactMap({ $0.string }) ?? [] {
        let note = TraceNote(severity, text, because: "Prometheus says so")
        if !notes.contains(note) { notes.append(note) }
      }
    }
    guard let data = root["data"], data["resultType"]?.string == "matrix", let result = data["result"]?.elements else {
      throw wrongShape("'data.result' is not a list of series")
    }
    for series in result {
      let name = try Self.labels(of: series["metric"], else: wrongShape("a series has no labels"))
      if !labels.contains(name) { labels.append(name) }
      guard labels.count == 1 else { continue }
      try take(samples: series, window)
    }
    if labels.count > 1 {
      throw ConnectingError(
        .severalSeries,
        "the query gives \(labels.count) series, such as \(labels.prefix(3).joined(separator: " and ")), "
          + "where one is needed",
        remedy: "add them up with sum(\(source.query)), or pick one by its labels")
    }
  }

  /// The series of one answer, each with its labels as text and one by one.
  func parts(
    of response: HTTPResponse
  ) throws(ConnectingError) -> [(name: String, labels: [(key: String, value: String)], series: Node)] {
    let root = try document(of: response)
    guard let data = root["data"], data["resultType"]?.string == "matrix", let result = data["result"]?.elements else {
      throw wrongShape("'data.result' is not a list of series")
    }
    var parts: [(name: String, labels: [(key: String, value: String)], series: Node)] = []
    for series in result {
      let name = try Self.labels(of: series["metric"], else: wrongShape("a series has no labels"))
      let pairs = (series["metric"]?.entries ?? []).filter { $0.key != "__name__" }.map {
        (key: $0.key, value: $0.value.string ?? "")
      }
      parts.append((name, pairs.sorted { $0.key < $1.key }, series))
    }
    return parts
  }

  /// Takes one series of an answer in, of which others are somebody else's.
  mutating func take(
    _ name: String, samples series: Node, _ window: Range<Int>
  ) throws(ConnectingError) {
    requests += 1
    labels = [name]
    try take(samples: series, window)
  }

  private mutating func take(samples series: Node, _ window: Range<Int>) throws(ConnectingError) {
    guard let samples = series["values"]?.elements else { throw wrongShape("a series has no values") }
    for sample in samples { try take(sample, window) }
  }

  private mutating func take(_ sample: Node, _ window: Range<Int>) throws(ConnectingError) {
    guard let pair = sample.elements, pair.count == 2, let seconds = pair[0].number, seconds.isFinite,
      abs(seconds) < 1e12, let text = pair[1].string, let value = Self.value(text)
    else { throw wrongShape("a sample is not a time and a number in quotes") }
    let offset = (seconds - source.start.secondsSinceEpoch) / source.step.seconds
    let index = Int(offset.rounded())
    // Half a millisecond is the API's own rounding.
    guard window.contains(index), abs(offset - Double(index)) * source.step.seconds < 0.001 else {
      throw wrongShape("it holds a sample at a time that was not asked for")
    }
    guard !seen[index] else { throw wrongShape("it holds two samples of one time") }
    seen[index] = true
    if value.isFinite { values[index] = value } else { nonFinite.append(index) }
  }

  /// The whole series, after the last answer.
  func series() throws(ConnectingError) -> PrometheusSeries {
    guard let first = values.firstIndex(where: { !$0.isNaN }), let last = values.lastIndex(where: { !$0.isNaN }) else {
      let remedy = "check the metric's name and labels in Prometheus' own page, and how long it keeps data"
      if !nonFinite.isEmpty {
        throw ConnectingError(
          .noData, "the query gives no number, only \(nonFinite.count) times NaN or infinity",
          remedy: "look for a division by zero in it")
      }
      throw ConnectingError(
        .noData, "the query gives no data between \(time(0)) and \(time(source.count - 1))", remedy: remedy)
    }
    return PrometheusSeries(
      start: Timestamp(nanosecondsSinceEpoch: source.start.nanosecondsSinceEpoch + Int64(first) * step),
      step: source.step, values: Array(values[first...last]), missingCount: seen[first...last].count { !$0 },
      nonFinite: nonFinite.filter { (first...last).contains($0) }.map { $0 - first }.sorted(),
      labels: labels.first ?? "",
      source: "\(HTTPClient.hostAndPort(of: address)): \(source.query)", notes: notes + edges(first, last),
      requestCount: requests)
  }

  /// What is said where the data covers much less than was asked for. A few steps at the edges are the usual
  /// consequence of rate()'s window and of scraping.
  private func edges(_ first: Int, _ last: Int) -> [TraceNote] {
    let stepSeconds = source.step.seconds
    var found: [TraceNote] = []
    if Double(first) * stepSeconds > max(3600, 0.01 * Double(source.count) * stepSeconds) {
      found.append(
        TraceNote(
          .warning, "there is no data before \(time(first))",
          because: "\(time(0)) was asked for; Prometheus keeps 15 days unless told otherwise",
          remedy: "keep data longer (--storage.tsdb.retention.time), or ask a long-term store such as Thanos or Mimir"))
    }
    if Double(source.count - 1 - last) * stepSeconds > 3600 {
      found.append(
        TraceNote(
          .warning, "there is no data after \(time(last))", because: "\(time(source.count - 1)) was asked for",
          remedy: "check that the metric is still collected"))
    }
    return found
  }

  private var step: Int64 { source.step.nanoseconds }
  private func time(_ index: Int) -> String {
    Timestamp(nanosecondsSinceEpoch: source.start.nanosecondsSinceEpoch + Int64(index) * step).iso8601
  }

  /// A sample's value: Prometheus writes `NaN`, `+Inf` and `-Inf` besides numbers.
  static func value(_ text: String) -> Double? {
    switch text {
    case "NaN": .nan
    case "+Inf", "Inf": .infinity
    case "-Inf": -.infinity
    default: Double(text)
    }
  }

  /// Labels as Prometheus writes them, in alphabetical order.
  private static func labels(
    of metric: Node?, else error: ConnectingError
  ) throws(ConnectingError) -> String {
    guard let entries = metric?.entries else { throw error }
    let pairs = entries.filter { $0.key != "__name__" }.map { (key: $0.key, value: $0.value.string ?? "") }
      .sorted { $0.key < $1.key }
    let name = metric?["__name__"]?.string ?? ""
    return name + "{" + pairs.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",") + "}"
  }
}
