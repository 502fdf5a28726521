import Documents
import Quantities

/// Answers of monitoring services that keep one list of moments or timeslices a series.
extension MonitoringFormat {
  // MARK: - New Relic

  /// NRQL with TIMESERIES: NerdGraph's `nrql.results`, the query API's `timeSeries` and `facets`.
  ///
  /// https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/ ; slices carry `beginTimeSeconds` and
  /// `endTimeSeconds`, facets their `facet` or `name`.
  static let newRelic = MonitoringFormat(name: "NRQL answer of New Relic") { (node) throws(Diagnostics) in
    var slices: [(facet: String, slice: Node)] = []
    func isSlices(_ list: [Node]?) -> Bool { list?.first?["beginTimeSeconds"] != nil }
    func collect(_ node: Node, _ depth: Int) {
      guard depth < 8 else { return }
      for key in ["results", "timeSeries", "total"] {
        if let list = node[key]?.elements ?? node[key]?["timeSeries"]?.elements, isSlices(list), key != "total" {
          slices += list.map { (facet($0["facet"] ?? node["name"]), $0) }
          return
        }
      }
      if let facets = node["facets"]?.elements {
        for one in facets { collect(one, depth + 1) }
        return
      }
      for (_, _, inner) in node.entries ?? [] where inner.entries != nil { collect(inner, depth + 1) }
    }
    if isSlices(node.elements) {
      slices = (node.elements ?? []).map { (facet($0["facet"]), $0) }
    } else {
      collect(node, 0)
    }
    guard !slices.isEmpty else { return nil }
    var found: [MonitoringSeries] = []
    var places: [String: Int] = [:]
    for (facet, slice) in slices {
      for (name, point) in newRelicValues(slice) {
        let key = facet + "\u{0}" + name
        let place = places[key] ?? found.count
        if place == found.count {
          places[key] = place
          found.append(MonitoringSeries(metric: name, labels: facet.isEmpty ? [] : [("facet", facet)]))
          // rate(count(*), 1 minute) is written with its span; a count is one of its slice.
          if name == "count" || name.hasPrefix("count(") { found[place].meaning = .count }
        }
        found[place].add(try time(slice["beginTimeSeconds"], in: slice), try value(point))
      }
    }
    return found
  }

  private static func facet(_ node: Node?) -> String {
    node?.text ?? (node?.elements ?? []).map { $0.text ?? "" }.joined(separator: "/")
  }

  /// The values of a slice, with their names: beside its times, or in its `results`; a percentile is an object.
  private static func newRelicValues(_ slice: Node) -> [(name: String, value: Node)] {
    let known: Set<String> = ["beginTimeSeconds", "endTimeSeconds", "facet", "inspectedCount", "timestamp"]
    var values: [(name: String, value: Node)] = []
    func add(_ entries: Node) {
      for (name, _, value) in entries.entries ?? [] where !known.contains(name) {
        if value.number != nil || value.isNull { values.append((name, value)) }
        for (part, _, inner) in value.entries ?? [] where inner.number != nil {
          values.append(("\(name).\(part)", inner))
        }
      }
    }
    for result in slice["results"]?.elements ?? [slice] { add(result) }
    return values
  }

  /// `/v2/applications/.../metrics/data.json`:
  /// https://docs.newrelic.com/docs/apis/rest-api-v2/application-examples-v2/average-response-time-examples-v2/
  static let newRelicMetrics = MonitoringFormat(name: "metric data of New Relic") { (node) throws(Diagnostics) in
    guard let metrics = node["metric_data"]?["metrics"]?.elements else { return nil }
    return try metrics.map { (metric) throws(Diagnostics) in
      let slices = metric["timeslices"]?.elements ?? []
      let names = ["requests_per_minute", "calls_per_minute", "call_count"]
      let first = slices.first?["values"]
      guard
        let chosen = names.first(where: { first?[$0] != nil })
          ?? first?.entries?.first(where: { $0.value.number != nil })?.key ?? (slices.isEmpty ? "" : nil)
      else { throw wrong(metric, "its timeslices hold no numbers", "ask for values[]=requests_per_minute") }
      var one = MonitoringSeries(metric: metric["name"]?.text ?? chosen)
      one.meaning = chosen.hasSuffix("_per_minute") ? .rate(per: 60) : chosen == "call_count" ? .count : .unknown
      for slice in slices { one.add(try time(slice["from"], in: slice), try value(slice["values"]?[chosen])) }
      return one
    }
  }

  // MARK: - Dynatrace

  /// `/api/v2/metrics/query`: https://docs.dynatrace.com/docs/dynatrace-api/environment-api/metric-v2/get-data-points
  static let dynatrace = MonitoringFormat(name: "metrics of Dynatrace") { (node) throws(Diagnostics) in
    guard let all = node["result"]?.elements, all.contains(where: { $0["metricId"] != nil }) else { return nil }
    var found: [MonitoringSeries] = []
    for result in all {
      let metric = result["metricId"]?.text ?? ""
      for data in result["data"]?.elements ?? [] {
        let (times, values) = (data["timestamps"]?.elements ?? [], data["values"]?.elements ?? [])
        guard times.count == values.count else {
          throw wrong(data, "there are \(values.count) values and \(times.count) times", "fetch it again")
        }
        var one = MonitoringSeries(metric: metric, labels: labels(data["dimensionMap"]))
        if metric.contains(":count") || metric.contains(".total") || metric.hasSuffix("Count") { one.meaning = .count }
        if metric.contains(":rate(1s)") || metric.contains(":rate(s)") { one.meaning = .rate(per: 1) }
        if metric.contains(":rate(1m)") || metric.contains(":rate(m)") { one.meaning = .rate(per: 60) }
        for (moment, point) in zip(times, values) { one.add(try time(moment, in: data), try value(point)) }
        found.append(one)
      }
    }
    return found
  }

  // MARK: - OpenTelemetry

  /// Metrics as OTLP writes them in JSON, a line each batch: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/ and
  /// https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality
  static let openTelemetry = MonitoringFormat(name: "OpenTelemetry metrics") { (node) throws(Diagnostics) in
    guard let resources = node["resourceMetrics"]?.elements else { return nil }
    var found: [MonitoringSeries] = []
    var places: [String: Int] = [:]
    for resource in resources {
      let above = attributes(resource["resource"]?["attributes"]).filter { $0.name.hasPrefix("service.") }
      let scopes = resource["scopeMetrics"]?.elements ?? resource["instrumentationLibraryMetrics"]?.elements ?? []
      for metric in scopes.flatMap({ $0["metrics"]?.elements ?? [] }) {
        let kind = ["sum", "gauge", "histogram", "exponentialHistogram", "summary"].first { metric[$0] != nil }
        guard let kind, let data = metric[kind] else { continue }
        // 1 is a count of its own interval, 2 one since some start; either may stand as a name.
        let temporality = data["aggregationTemporality"]?.text ?? ""
        let isDelta = temporality == "1" || temporality.hasSuffix("DELTA")
        let isCounter = kind != "gauge" && (kind != "sum" || data["isMonotonic"]?.bool == true)
        for point in data["dataPoints"]?.elements ?? [] {
          var one = MonitoringSeries(
            metric: metric["name"]?.text ?? "",
            labels: (above + attributes(point["attributes"])).sorted { $0.name < $1.name })
          if kind == "gauge" || kind == "sum" && !isCounter && !isDelta {
            one.meaning = (metric["unit"]?.text ?? "").hasSuffix("/s") ? .rate(per: 1) : .unknown
          } else {
            one.meaning = isDelta ? .count : .counter
          }
          let place = places[one.name] ?? found.count
          if place == found.count {
            places[one.name] = place
            found.append(one)
          }
          let moment = isDelta ? point["startTimeUnixNano"] ?? point["timeUnixNano"] : point["timeUnixNano"]
          let number = point["asDouble"] ?? point["asInt"] ?? point["count"]
          found[place].add(try time(moment, in: point), try value(number))
        }
      }
    }
    return found
  }

  private static func attributes(_ node: Node?) -> [(name: String, value: String)] {
    (node?.elements ?? []).map { one in
      let value = one["value"]?.entries?.first?.value
      return (name: one["key"]?.text ?? "", value: value?.text ?? "")
    }
  }
}
