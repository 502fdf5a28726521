import Documents
import Quantities

/// Answers that are tables of times and values in JSON: dashboards', time series databases', data frames'.
extension MonitoringFormat {
  static let tables: [MonitoringFormat] = [
    graphite, influxQL, grafana, openTSDB, frameSplit, frameKeyed,
  ]

  /// `/render?format=json`: https://graphite.readthedocs.io/en/latest/render_api.html#format
  static let graphite = MonitoringFormat(name: "answer of Graphite") { (node) throws(Diagnostics) in
    guard let all = node.elements, all.first?["target"] != nil, all.first?["datapoints"] != nil else { return nil }
    return try all.map { (target) throws(Diagnostics) in
      var one = MonitoringSeries(metric: target["target"]?.text ?? "")
      for point in target["datapoints"]?.elements ?? [] {
        guard let pair = point.elements, pair.count == 2 else {
          throw wrong(point, "a point is not a value and a time", "write [value, time]")
        }
        one.add(try time(pair[1], in: point), try value(pair[0]))
      }
      return one
    }
  }

  /// InfluxQL's `/query`: https://docs.influxdata.com/influxdb/v1/guides/query_data/
  static let influxQL = MonitoringFormat(name: "answer of InfluxQL") { (node) throws(Diagnostics) in
    guard let results = node["results"]?.elements, results.contains(where: { $0["series"]?.elements != nil }) else {
      return nil
    }
    var found: [MonitoringSeries] = []
    for series in results.flatMap({ $0["series"]?.elements ?? [] }) {
      let columns = (series["columns"]?.elements ?? []).map { $0.text ?? "" }
      guard let at = columns.firstIndex(of: "time") else { continue }
      let rows = (series["values"]?.elements ?? []).map { $0.elements ?? [] }
      for (c, column) in columns.enumerated() where c != at {
        guard rows.contains(where: { c < $0.count && $0[c].number != nil }) else { continue }
        let metric = series["name"]?.text ?? ""
        var one = MonitoringSeries(
          metric: ["value", "mean", "sum", "count", "last"].contains(column) ? metric : "\(metric).\(column)",
          labels: labels(series["tags"]))
        for row in rows {
          guard row.count == columns.count else {
            throw wrong(series, "a row has \(row.count) values for \(columns.count) columns", "fetch it again")
          }
          one.add(try time(row[at], in: series), try value(row[c]))
        }
        found.append(one)
      }
    }
    return found
  }

  /// `/api/query`: http://opentsdb.net/docs/build/html/api_http/query/index.html
  static let openTSDB = MonitoringFormat(name: "answer of OpenTSDB") { (node) throws(Diagnostics) in
    guard let all = node.elements, all.first?["metric"] != nil, all.first?["dps"] != nil else { return nil }
    return try all.map { (series) throws(Diagnostics) in
      var one = MonitoringSeries(metric: series["metric"]?.text ?? "", labels: labels(series["tags"]))
      if let pairs = series["dps"]?.elements {
        for pair in pairs { one.add(try time(pair.elements?.first, in: pair), try value(pair.elements?.last)) }
      } else {
        for (key, _, point) in series["dps"]?.entries ?? [] { one.add(try time(key, of: point), try value(point)) }
      }
      return one
    }
  }

  // MARK: - Data frames

  /// `DataFrame.to_json(orient="split")`: https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html
  static let frameSplit = MonitoringFormat(name: "data frame of pandas") { (node) throws(Diagnostics) in
    guard let columns = node["columns"]?.elements, let index = node["index"]?.elements,
      let rows = node["data"]?.elements, rows.count == index.count, let indexNode = node["index"]
    else { return nil }
    let moments = try index.map { (one) throws(Diagnostics) in try time(one, in: indexNode) }
    return try columns.enumerated().map { (c, column) throws(Diagnostics) in
      var one = MonitoringSeries(metric: column.text ?? "\(c)")
      for (moment, row) in zip(moments, rows) { one.add(moment, try value(row.elements?.dropFirst(c).first)) }
      return one
    }
  }

  /// Objects whose keys are times: of a series (`{"time": value}`), by columns (`{"rps": {"time": value}}`), which is what
  /// `to_json` writes, or by rows (`{"time": {"rps": value}}`).
  static let frameKeyed = MonitoringFormat(name: "data frame of pandas") { (node) throws(Diagnostics) in
    guard let entries = node.entries, let first = entries.first else { return nil }
    func isTimes(_ node: Node) -> Bool {
      guard let inner = node.entries, !inner.isEmpty else { return false }
      return inner.prefix(8).allSatisfy { key(isTime: $0.key) }
    }
    if isTimes(node) {
      guard first.value.entries != nil else {
        var one = MonitoringSeries(metric: "")
        for (key, _, point) in entries { one.add(try time(key, of: point), try value(point)) }
        return [one]
      }
      var found: [MonitoringSeries] = []
      var places: [String: Int] = [:]
      for (key, _, row) in entries {
        let moment = try time(key, of: row)
        for (column, _, point) in row.entries ?? [] {
          let place = places[column] ?? found.count
          if place == found.count {
            places[column] = place
            found.append(MonitoringSeries(metric: column))
          }
          found[place].add(moment, try value(point))
        }
      }
      return found
    }
    guard entries.allSatisfy({ isTimes($0.value) }) else { return nil }
    return try entries.map { (column, _, points) throws(Diagnostics) in
      var one = MonitoringSeries(metric: column)
      for (key, _, point) in points.entries ?? [] { one.add(try time(key, of: point), try value(point)) }
      return one
    }
  }

  private static func key(isTime key: String) -> Bool {
    if let number = Double(key) { return abs(number) >= Double(TimeForm.leastEpoch) }
    return ColumnGuess.isTime(key)
  }

  /// The time of a key.
  private static func time(_ key: String, of node: Node) throws(Diagnostics) -> Timestamp {
    if let time = TimeForm.EpochUnit.moment(key) { return time }
    if let time = Timestamp(iso8601: key) ?? DateText(key, order: nil)?.certain { return time }
    throw wrong(node, "'\(key.prefix(40))' is no time", "write ISO 8601, or seconds since 1970")
  }
}
