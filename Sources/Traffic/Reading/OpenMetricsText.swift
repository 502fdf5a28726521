import Documents
import Quantities

/// Samples as text with their times: OpenMetrics and Prometheus' exposition format, as `promtool tsdb dump-openmetrics` and
/// `promtool tsdb dump` write them.
///
/// https://prometheus.io/docs/specs/om/open_metrics_spec/ : times are seconds there, milliseconds in the older format; the
/// size tells.
struct OpenMetricsText {
  private let file: String
  private(set) var series: [MonitoringSeries] = []
  private var places: [String: Int] = [:]
  private var types: [String: String] = [:]

  init(file: String) { self.file = file }

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ line: Int) throws(Diagnostics) {
    let text = String(decoding: bytes, as: UTF8.self).trimmed
    func wrong(_ what: String, _ help: String) -> Diagnostics {
      Diagnostics([.error(what, at: SourceLocation(file: file, line: line, column: 1), help: help)])
    }
    guard !text.isEmpty else { return }
    if text.hasPrefix("#") {
      let words = text.split(separator: " ")
      if words.count >= 4, words[1] == "TYPE" { types[String(words[2])] = String(words[3]) }
      return
    }
    var (name, labels, rest) = try OpenMetricsText.split(text, wrong)
    if let found = labels.firstIndex(where: { $0.name == "__name__" }) { name = labels.remove(at: found).value }
    // An exemplar may follow behind '#'.
    let words = rest.prefix { $0 != "#" }.split(separator: " ")
    guard words.count >= 2 else {
      throw wrong(
        "the sample has no time",
        "a scrape has one moment only; export a series, as with promtool tsdb dump-openmetrics")
    }
    guard let value = ["NaN": Double.nan, "+Inf": .infinity, "-Inf": .infinity][String(words[0])] ?? Double(words[0])
    else {
      throw wrong("'\(words[0])' is no number", "write a number")
    }
    guard let time = TimeForm.EpochUnit.moment(words[1]) else {
      throw wrong("'\(words[1])' is no time", "write seconds since 1970")
    }
    let one = MonitoringSeries(metric: name, labels: labels.sorted { $0.name < $1.name })
    let place = places[one.name] ?? series.count
    if place == series.count {
      places[one.name] = place
      series.append(one)
      let family = ["_total", "_bucket", "_count", "_sum"].first { name.hasSuffix($0) }.map {
        String(name.dropLast($0.count))
      }
      if let type = types[name] ?? family.flatMap({ types[$0] }) {
        series[place].meaning = type == "gauge" ? .rate(per: 1) : type == "counter" || family != nil ? .counter : nil
      }
    }
    series[place].add(time, value)
  }

  /// The name and the labels that begin a text, and what stands behind them: `name{labels} value time`, the labels with escaped
  /// quotes.
  static func split(
    _ text: String, _ wrong: (String, String) -> Diagnostics
  ) throws(Diagnostics) -> (name: String, labels: [(name: String, value: String)], rest: Substring) {
    var name = ""
    var labels: [(name: String, value: String)] = []
    var rest = text[...]
    if let open = text.firstIndex(where: { $0 == "{" || $0 == " " }), text[open] == "{" {
      name = String(text[..<open])
      rest = text[text.index(after: open)...]
      while let first = rest.first, first != "}" {
        guard let equals = rest.firstIndex(of: "=") else {
          throw wrong("labels do not end", "write name{label=\"value\"}")
        }
        let label = String(rest[..<equals]).trimmed
        rest = rest[rest.index(after: equals)...]
        guard rest.first == "\"" else { throw wrong("a label has no value in quotes", "write name{label=\"value\"}") }
        rest.removeFirst()
        var value = ""
        while let c = rest.first, c != "\"" {
          rest.removeFirst()
          guard c == "\\", let next = rest.first else {
            value.append(c)
            continue
          }
          value.append(next == "n" ? "\n" : next)
          rest.removeFirst()
        }
        guard rest.first == "\"" else { throw wrong("a quote is not closed", "write name{label=\"value\"}") }
        rest.removeFirst()
        labels.append((label, value))
        while rest.first == "," || rest.first == " " { rest.removeFirst() }
      }
      guard rest.first == "}" else { throw wrong("labels do not end", "write name{label=\"value\"}") }
      rest.removeFirst()
    } else if let blank = text.firstIndex(of: " ") {
      name = String(text[..<blank])
      rest = text[blank...]
    } else {
      name = text
      rest = ""
    }
    return (name, labels, rest)
  }

  /// The name and the labels of a series that stand alone: `up{job="api"}`, `{job="api"}`.
  static func name(
    of text: String, _ wrong: (String, String) -> Diagnostics
  ) throws(Diagnostics) -> (name: String, labels: [(name: String, value: String)]) {
    var (name, labels, _) = try split(text, wrong)
    if let found = labels.firstIndex(where: { $0.name == "__name__" }) { name = labels.remove(at: found).value }
    return (name, labels)
  }
}
