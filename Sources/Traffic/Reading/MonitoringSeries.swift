import Documents
import Quantities

/// One series of a monitoring system's answer.
struct MonitoringSeries {
  /// As that system writes it: `http_requests_total{job="api"}`.
  var name: String
  /// The metric, by which counts are told from rates.
  var metric: String
  var labels: [(name: String, value: String)] = []
  var times: [Timestamp] = []
  var values: [Double] = []
  /// What the answer itself says that values are.
  var meaning: ColumnMeaning?

  init(metric: String, labels: [(name: String, value: String)] = [], name: String? = nil) {
    self.metric = metric
    self.labels = labels
    let inner = labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
    self.name = name ?? (labels.isEmpty ? metric : "\(metric){\(inner)}")
  }

  mutating func add(_ time: Timestamp, _ value: Double) {
    times.append(time)
    values.append(value)
  }
}

/// A form of JSON in which a monitoring system answers.
struct MonitoringFormat: Sendable {
  /// In words: `Prometheus query_range`.
  let name: String
  /// The series of a document; nil where it is not of this form.
  let read: @Sendable (Node) throws(Diagnostics) -> [MonitoringSeries]?

  /// Each is recognised by keys that no other has.
  static let all: [MonitoringFormat] =
    [
      prometheus, victoriaMetrics, cloudWatchData, cloudWatchStatistics, datadog, datadogV2, newRelic, newRelicMetrics,
      google, googleQuery, azure, elastic, openTelemetry, dynatrace,
    ] + tables

  /// Those of which a line of JSON lines is a whole answer.
  static let byLine: [MonitoringFormat] = [victoriaMetrics, openTelemetry]

  /// - Throws: what is wrong in a document of a known form.
  static func series(of node: Node) throws(Diagnostics) -> (format: String, series: [MonitoringSeries])? {
    for format in all {
      if let found = try format.read(node) { return (format.name, found) }
    }
    return nil
  }

  // MARK: - Values and times

  static func value(_ node: Node?) throws(Diagnostics) -> Double {
    guard let node, !node.isNull else { return .nan }
    if let number = node.number { return number }
    guard let text = node.string else {
      throw wrong(node, "is no number", "write a number, or null where there is none")
    }
    switch text {
    case "NaN": return .nan
    case "+Inf", "Inf", "-Inf": return .infinity
    default: break
    }
    if text.isEmpty || ColumnGuess.isGap(text) { return .nan }
    guard let value = Double(text), value.isFinite else {
      throw wrong(node, "'\(text.prefix(40))' is no number", "write a number, or null where there is none")
    }
    return value
  }

  static func time(_ node: Node?, in parent: Node) throws(Diagnostics) -> Timestamp {
    guard let node, !node.isNull else { throw wrong(parent, "has no time", "give every point a time") }
    if let number = node.number, number.isFinite, abs(number) < 9e18 {
      guard abs(number) >= Double(TimeForm.leastEpoch) else {
        throw wrong(node, "\(node.text ?? "") is no time", "write seconds or milliseconds since 1970, or ISO 8601")
      }
      let whole = node.integer.map { Int64($0) } ?? Int64(number.rounded(.down))
      let rest = node.integer == nil ? number - number.rounded(.down) : 0
      if let time = TimeForm.EpochUnit.moment(whole, fraction: rest) { return time }
    }
    if let text = node.text, Double(text) != nil, let time = TimeForm.EpochUnit.moment(text) { return time }
    if let text = node.text, let time = Timestamp(iso8601: text) ?? DateText(text, order: nil)?.certain { return time }
    throw wrong(node, "'\(node.text ?? "")' is no time", "write ISO 8601, or seconds since 1970")
  }

  static func wrong(_ node: Node, _ what: String, _ help: String) -> Diagnostics {
    Diagnostics([.error(what, at: node.location, help: help)])
  }

  static func labels(_ node: Node?, without: Set<String> = ["__name__"]) -> [(name: String, value: String)] {
    (node?.entries ?? []).filter { !without.contains($0.key) }.map { (name: $0.key, value: $0.value.text ?? "") }
      .sorted { $0.name < $1.name }
  }

  // MARK: - Prometheus and VictoriaMetrics

  /// `/api/v1/query_range` and `/api/v1/query`: https://prometheus.io/docs/prometheus/latest/querying/api/
  static let prometheus = MonitoringFormat(name: "answer of Prometheus") { (node) throws(Diagnostics) in
    guard let data = node["data"], let kind = data["resultType"]?.string, let result = data["result"] else {
      guard node["status"]?.string == "error", let said = node["error"]?.string else { return nil }
      throw wrong(node, "Prometheus answered with an error: \(said)", "ask again; the answer holds no data")
    }
    if kind == "scalar", let pair = result.elements, pair.count == 2 {
      var one = MonitoringSeries(metric: "scalar")
      one.add(try time(pair[0], in: result), try value(pair[1]))
      return [one]
    }
    guard kind == "matrix" || kind == "vector", let all = result.elements else {
      throw wrong(result, "a result of type '\(kind)' holds no series", "ask for one of type matrix, by query_range")
    }
    var found: [MonitoringSeries] = []
    for series in all {
      var one = MonitoringSeries(
        metric: series["metric"]?["__name__"]?.string ?? "", labels: labels(series["metric"]))
      let samples = series["values"]?.elements ?? series["value"].map { [$0] } ?? []
      for sample in samples {
        guard let pair = sample.elements, pair.count == 2 else {
          throw wrong(sample, "a sample is not a time and a value", "write [time, \"value\"]")
        }
        one.add(try time(pair[0], in: sample), try value(pair[1]))
      }
      found.append(one)
    }
    return found
  }

  /// A line of `/api/v1/export`: https://docs.victoriametrics.com/#how-to-export-data-in-json-line-format
  static let victoriaMetrics = MonitoringFormat(name: "export of VictoriaMetrics") { (node) throws(Diagnostics) in
    guard let metric = node["metric"], metric.entries != nil, let values = node["values"],
      let times = node["timestamps"]
    else { return nil }
    var one = MonitoringSeries(metric: metric["__name__"]?.string ?? "", labels: labels(metric))
    let (v, t) = (values.elements ?? [], times.elements ?? [])
    guard v.count == t.count else {
      throw wrong(node, "there are \(v.count) values and \(t.count) times", "export it again")
    }
    for (value, time) in zip(v, t) {
      one.add(try MonitoringFormat.time(time, in: times), try MonitoringFormat.value(value))
    }
    return [one]
  }

  // MARK: - CloudWatch

  /// `aws cloudwatch get-metric-data`:
  /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
  static let cloudWatchData = MonitoringFormat(name: "get-metric-data of CloudWatch") { (node) throws(Diagnostics) in
    guard let results = node["MetricDataResults"]?.elements else { return nil }
    var found: [MonitoringSeries] = []
    var places: [String: Int] = [:]
    for result in results {
      let label = result["Label"]?.text ?? result["Id"]?.text ?? ""
      let (times, values) = (result["Timestamps"]?.elements ?? [], result["Values"]?.elements ?? [])
      guard times.count == values.count else {
        throw wrong(result, "there are \(values.count) values and \(times.count) times", "fetch it again")
      }
      // Pages of one metric carry its identifier again.
      let id = result["Id"]?.text ?? label
      let place = places[id] ?? found.count
      if place == found.count {
        places[id] = place
        found.append(MonitoringSeries(metric: label, labels: [("Id", id)], name: label))
      }
      for (time, value) in zip(times, values) {
        found[place].add(try MonitoringFormat.time(time, in: result), try MonitoringFormat.value(value))
      }
    }
    return found
  }

  /// `aws cloudwatch get-metric-statistics`:
  /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
  static let cloudWatchStatistics = MonitoringFormat(name: "get-metric-statistics of CloudWatch") {
    (node) throws(Diagnostics) in
    guard let points = node["Datapoints"]?.elements else { return nil }
    let known = ["Sum", "Average", "Maximum", "Minimum", "SampleCount"]
    guard let statistic = known.first(where: { points.first?[$0] != nil }) ?? (points.isEmpty ? "Sum" : nil) else {
      throw wrong(node, "no point has one of \(known.joined(separator: ", "))", "ask for --statistics Sum")
    }
    var one = MonitoringSeries(metric: node["Label"]?.text ?? statistic)
    let unit = points.first?["Unit"]?.text ?? "None"
    if unit.hasSuffix("/Second") {
      one.meaning = .rate(per: 1)
    } else if statistic == "Sum" || statistic == "SampleCount" {
      one.meaning = .count
    } else {
      one.meaning = .unknown
    }
    for point in points { one.add(try time(point["Timestamp"], in: point), try value(point[statistic])) }
    return [one]
  }

  // MARK: - Datadog

  /// `/api/v1/query`: https://docs.datadoghq.com/api/latest/metrics/#query-timeseries-points
  static let datadog = MonitoringFormat(name: "answer of Datadog") { (node) throws(Diagnostics) in
    guard let all = node["series"]?.elements, node["from_date"] != nil || all.first?["pointlist"] != nil else {
      return nil
    }
    var found: [MonitoringSeries] = []
    for series in all {
      let metric = series["expression"]?.text ?? series["metric"]?.text ?? ""
      var one = MonitoringSeries(
        metric: metric, labels: [("scope", series["scope"]?.text ?? "")],
        name: series["scope"]?.text.map { $0 == "*" ? metric : $0 } ?? metric)
      one.meaning = datadogMeaning(metric, unit: series["unit"])
      for point in series["pointlist"]?.elements ?? [] {
        guard let pair = point.elements, pair.count == 2 else {
          throw wrong(point, "a point is not a time and a value", "write [time, value]")
        }
        one.add(try time(pair[0], in: point), try value(pair[1]))
      }
      found.append(one)
    }
    return found
  }

  /// `/api/v2/query/timeseries`: https://docs.datadoghq.com/api/latest/metrics/#query-timeseries-data-across-multiple-products
  static let datadogV2 = MonitoringFormat(name: "answer of Datadog") { (node) throws(Diagnostics) in
    guard let inside = node["data"]?["attributes"], let times = inside["times"], let values = inside["values"] else {
      return nil
    }
    let moments = try (times.elements ?? []).map { (one) throws(Diagnostics) in try time(one, in: times) }
    var found: [MonitoringSeries] = []
    for (i, column) in (values.elements ?? []).enumerated() {
      let described = inside["series"]?.elements?.dropFirst(i).first
      let tags = (described?["group_tags"]?.elements ?? []).compactMap { $0.text }
      var one = MonitoringSeries(
        metric: "query \(described?["query_index"]?.text ?? "\(i)")",
        labels: tags.map { tag in
          let parts = tag.split(separator: ":", maxSplits: 1).map(String.init)
          return (name: parts.first ?? tag, value: parts.count > 1 ? parts[1] : tag)
        }, name: tags.isEmpty ? nil : tags.joined(separator: ","))
      one.meaning = datadogMeaning("", unit: described?["unit"])
      let points = column.elements ?? []
      guard points.count == moments.count else {
        throw wrong(column, "there are \(points.count) values and \(moments.count) times", "fetch it again")
      }
      for (moment, point) in zip(moments, points) { one.add(moment, try value(point)) }
      found.append(one)
    }
    return found
  }

  /// A unit is a pair: of what, and per what.
  private static func datadogMeaning(_ expression: String, unit: Node?) -> ColumnMeaning? {
    if expression.contains(".as_count()") { return .count }
    if expression.contains(".as_rate()") { return .rate(per: 1) }
    guard let pair = unit?.elements, pair.count == 2 else { return nil }
    switch pair[1]["name"]?.string {
    case "second": return .rate(per: 1)
    case "minute": return .rate(per: 60)
    case "hour": return .rate(per: 3600)
    default: return nil
    }
  }

  // MARK: - Google and Azure

  /// `projects.timeSeries.list`: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TimeSeries
  static let google = MonitoringFormat(name: "time series of Google Cloud Monitoring") { (node) throws(Diagnostics) in
    guard let all = node["timeSeries"]?.elements ?? (node.elements?.first?["metricKind"] == nil ? nil : node.elements)
    else { return nil }
    var found: [MonitoringSeries] = []
    for series in all {
      let metric = series["metric"]?["type"]?.text ?? ""
      var one = MonitoringSeries(
        metric: metric, labels: labels(series["metric"]?["labels"]) + labels(series["resource"]?["labels"]))
      let kind = series["metricKind"]?.text
      let unit = series["unit"]?.text ?? node["unit"]?.text ?? ""
      switch kind {
      case "DELTA": one.meaning = .count
      case "CUMULATIVE": one.meaning = .counter
      default: one.meaning = unit.hasSuffix("/s") ? .rate(per: 1) : .unknown
      }
      for point in series["points"]?.elements ?? [] {
        let interval = point["interval"]
        // What was counted from one moment to another belongs to its beginning.
        let moment = kind == "DELTA" ? interval?["startTime"] ?? interval?["endTime"] : interval?["endTime"]
        one.add(try time(moment, in: point), try typed(point["value"]))
      }
      found.append(one)
    }
    return found
  }

  /// `projects.timeSeries.query`: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/query
  static let googleQuery = MonitoringFormat(name: "time series of Google Cloud Monitoring") {
    (node) throws(Diagnostics) in
    guard let all = node["timeSeriesData"]?.elements else { return nil }
    let descriptor = node["timeSeriesDescriptor"]
    let point = descriptor?["pointDescriptors"]?.elements?.first
    let kind = point?["metricKind"]?.text
    let names = (descriptor?["labelDescriptors"]?.elements ?? []).map { $0["key"]?.text ?? "" }
    var found: [MonitoringSeries] = []
    for series in all {
      let texts = (series["labelValues"]?.elements ?? []).map {
        $0["stringValue"]?.text ?? $0["int64Value"]?.text ?? ""
      }
      var one = MonitoringSeries(
        metric: point?["key"]?.text ?? "", labels: zip(names, texts).map { (name: $0, value: $1) })
      switch kind {
      case "DELTA": one.meaning = .count
      case "CUMULATIVE": one.meaning = .counter
      default: one.meaning = (point?["unit"]?.text ?? "").hasSuffix("/s") ? .rate(per: 1) : .unknown
      }
      for data in series["pointData"]?.elements ?? [] {
        let interval = data["timeInterval"]
        let moment = kind == "DELTA" ? interval?["startTime"] ?? interval?["endTime"] : interval?["endTime"]
        one.add(try time(moment, in: data), try typed(data["values"]?.elements?.first))
      }
      found.append(one)
    }
    return found
  }

  private static func typed(_ node: Node?) throws(Diagnostics) -> Double {
    guard let node else { return .nan }
    return try value(node["doubleValue"] ?? node["int64Value"] ?? node["distributionValue"]?["count"])
  }

  /// `Microsoft.Insights/metrics`: https://learn.microsoft.com/rest/api/monitor/metrics/list
  static let azure = MonitoringFormat(name: "metrics of Azure Monitor") { (node) throws(Diagnostics) in
    guard let all = node["value"]?.elements, all.contains(where: { $0["timeseries"] != nil }) else { return nil }
    var found: [MonitoringSeries] = []
    for metric in all {
      let name = metric["name"]?["value"]?.text ?? ""
      let unit = metric["unit"]?.text ?? ""
      for series in metric["timeseries"]?.elements ?? [] {
        let data = series["data"]?.elements ?? []
        let aggregations = ["total", "count", "average", "maximum", "minimum"]
        let chosen = aggregations.first { key in data.contains { $0[key] != nil } } ?? "total"
        let labels = (series["metadatavalues"]?.elements ?? []).map {
          (name: $0["name"]?["value"]?.text ?? "", value: $0["value"]?.text ?? "")
        }
        var one = MonitoringSeries(metric: name, labels: labels)
        one.meaning =
          unit.hasSuffix("PerSecond") ? .rate(per: 1) : chosen == "total" || chosen == "count" ? .count : .unknown
        for point in data { one.add(try time(point["timeStamp"], in: point), try value(point[chosen])) }
        found.append(one)
      }
    }
    return found
  }

  // MARK: - Elasticsearch

  /// A date histogram:
  /// https://www.elastic.co/docs/reference/aggregations/search-aggregations-bucket-datehistogram-aggregation
  static let elastic = MonitoringFormat(name: "date histogram of Elasticsearch") { (node) throws(Diagnostics) in
    guard let all = node["aggregations"]?.entries else { return nil }
    var found: [MonitoringSeries] = []
    for (name, _, aggregation) in all {
      guard let buckets = aggregation["buckets"]?.elements else { continue }
      var one = MonitoringSeries(metric: name)
      one.meaning = .count
      for bucket in buckets { one.add(try time(bucket["key"], in: bucket), try value(bucket["doc_count"])) }
      found.append(one)
    }
    return found
  }
}
