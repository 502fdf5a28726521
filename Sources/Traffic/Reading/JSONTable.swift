import Documents

/// Rows under named columns, or a list of objects, in the wrappings in which databases, services and dashboards answer.
///
/// Of netdata (https://learn.netdata.cloud/docs/developer-and-contributor-corner/rest-api/), Kusto, Log Analytics and Application
/// Insights (`tables`), BigQuery (`schema.fields`, rows of `f` and `v`), ClickHouse (JSONCompact), Trino, Elasticsearch SQL, Splunk
/// (`fields`, `rows`), Google Analytics' Data API, CloudWatch Logs Insights, Athena, Metabase, Redash, Zabbix (`result`).
struct JSONTable {
  let format: String
  /// Each row's fields with their names, and the line where it stands.
  let rows: [(fields: [(name: String, value: Node)], line: Int)]

  /// The first table in a document; nil where there is none.
  static func find(in node: Node) throws(Diagnostics) -> JSONTable? { try find(node, 0) }

  private static func find(_ node: Node, _ depth: Int) throws(Diagnostics) -> JSONTable? {
    guard depth < 6 else { return nil }
    if let found = try analytics(node) { return found }
    if let found = try bigQuery(node) { return found }
    if let found = try athena(node) { return found }
    if let found = try logsInsights(node) { return found }
    if let found = try matrix(node) { return found }
    if depth == 0, node.elements?.first?.entries != nil, node.elements?.first?["FrameType"] == nil {
      return objects(node)
    }
    for key in lists {
      guard let inner = node[key] else { continue }
      if inner.elements?.first?.entries != nil {
        // Tables one beside the other: the first that has rows is the answer's own.
        for one in (inner.elements ?? []).prefix(4) where isTable(one) {
          if let found = try find(one, depth + 1) { return found }
        }
        return objects(inner)
      }
      if inner.entries != nil, let found = try find(inner, depth + 1) { return found }
    }
    // Kusto's second form is a list of frames.
    for one in (node.elements ?? []).prefix(16) where one["TableKind"]?.text == "PrimaryResult" {
      return try find(one, depth + 1)
    }
    return nil
  }

  /// Where a list of rows may stand, the likelier first.
  private static let lists = [
    "data", "rows", "results", "values", "records", "items", "result", "tables", "Tables", "series", "query_result",
    "hits",
    "ResultSet", "response", "points",
  ]

  private static func objects(_ node: Node) -> JSONTable {
    JSONTable(
      format: "JSON",
      rows: (node.elements ?? []).map { row in
        ((row.entries ?? []).map { ($0.key, $0.value) }, row.location.line)
      })
  }

  private static let nameKeys = ["labels", "columns", "Columns", "fields", "meta", "cols", "header", "colnames"]
  private static let rowKeys = ["data", "rows", "Rows", "values"]

  private static func isTable(_ node: Node) -> Bool {
    nameKeys.contains { node[$0]?.elements != nil } && rowKeys.contains { node[$0]?.elements != nil }
  }

  /// Columns' names in one list, rows as lists in another.
  private static func matrix(_ node: Node) throws(Diagnostics) -> JSONTable? {
    guard let columns = nameKeys.lazy.compactMap({ node[$0]?.elements }).first,
      let key = rowKeys.first(where: { node[$0]?.elements?.first?.elements != nil }), let rows = node[key]?.elements
    else { return nil }
    let names = columns.enumerated().map { (i, one) in
      one.text ?? ["name", "ColumnName", "columnName", "display_name"].lazy.compactMap { one[$0]?.text }.first
        ?? "\(i + 1)"
    }
    guard Set(names).count == names.count else { return nil }
    let isNetdata = node["labels"] != nil && node["data"] != nil
    var result: [(fields: [(name: String, value: Node)], line: Int)] = []
    for row in rows {
      let cells = row.elements ?? []
      guard cells.count == names.count else {
        throw MonitoringFormat.wrong(
          row, "the row has \(cells.count) values for \(names.count) columns", "fetch it again")
      }
      // netdata's second version writes a point as its value, its anomaly rate and its flags.
      let plain = cells.map { isNetdata ? $0.elements?.first ?? $0 : $0 }
      result.append((Array(zip(names, plain)).map { (name: $0, value: $1) }, row.location.line))
    }
    return JSONTable(format: isNetdata ? "answer of netdata" : "JSON table", rows: result)
  }

  /// https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
  private static func bigQuery(_ node: Node) throws(Diagnostics) -> JSONTable? {
    guard let fields = node["schema"]?["fields"]?.elements, let rows = node["rows"]?.elements, rows.first?["f"] != nil
    else {
      return nil
    }
    return try named("answer of BigQuery", fields.map { $0["name"]?.text ?? "" }, rows) { row in
      (row["f"]?.elements ?? []).map { $0["v"] ?? $0 }
    }
  }

  /// https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
  private static func analytics(_ node: Node) throws(Diagnostics) -> JSONTable? {
    guard let dimensions = node["dimensionHeaders"]?.elements, let metrics = node["metricHeaders"]?.elements,
      let rows = node["rows"]?.elements
    else { return nil }
    return try named("report of Google Analytics", (dimensions + metrics).map { $0["name"]?.text ?? "" }, rows) { row in
      ((row["dimensionValues"]?.elements ?? []) + (row["metricValues"]?.elements ?? [])).map { $0["value"] ?? $0 }
    }
  }

  /// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
  private static func logsInsights(_ node: Node) throws(Diagnostics) -> JSONTable? {
    guard let rows = node["results"]?.elements, let first = rows.first?.elements?.first, first["field"] != nil,
      first["value"] != nil
    else { return nil }
    return JSONTable(
      format: "CloudWatch Logs Insights",
      rows: rows.map { row in
        let fields = (row.elements ?? []).compactMap { cell -> (name: String, value: Node)? in
          guard let name = cell["field"]?.text, name != "@ptr", let value = cell["value"] else { return nil }
          return (name, value)
        }
        return (fields, row.location.line)
      })
  }

  /// https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html : the first row names the columns.
  private static func athena(_ node: Node) throws(Diagnostics) -> JSONTable? {
    guard let rows = node["ResultSet"]?["Rows"]?.elements, let head = rows.first?["Data"]?.elements else { return nil }
    return try named("answer of Athena", head.map { $0["VarCharValue"]?.text ?? "" }, Array(rows.dropFirst())) { row in
      (row["Data"]?.elements ?? []).map { $0["VarCharValue"] ?? $0 }
    }
  }

  private static func named(
    _ format: String, _ names: [String], _ rows: [Node], _ cells: (Node) -> [Node]
  ) throws(Diagnostics) -> JSONTable {
    var result: [(fields: [(name: String, value: Node)], line: Int)] = []
    for row in rows {
      let values = cells(row)
      guard values.count == names.count else {
        throw MonitoringFormat.wrong(
          row, "the row has \(values.count) values for \(names.count) columns", "fetch it again")
      }
      result.append((zip(names, values).map { (name: $0, value: $1) }, row.location.line))
    }
    return JSONTable(format: format, rows: result)
  }
}
