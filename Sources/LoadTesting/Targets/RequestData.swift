import Documents

/// Rows that fill the holes of request templates, and mixes of templates, from files.
public enum RequestData {
  /// The rows of a CSV file with a header, or of objects in NDJSON, one a line; `.gz` too.
  public static func rows(path: String) throws -> [[String: String]] {
    let bytes = try Input.read(path: path)
    guard let first = bytes.first(where: { $0 > 32 }) else {
      throw LoadTestingError(.badSettings, "'\(path)' has no rows", remedy: "give a CSV file with a header, or NDJSON")
    }
    if first == UInt8(ascii: "{") { return try objects(bytes, path: path) }
    let preview = try CSVTable.preview(path: path)
    let table = try CSVTable.read(path: path, columns: preview.header.map { .text($0) })
    var columns: [(String, TextColumn)] = []
    for name in preview.header {
      if let column = table.texts(name) { columns.append((name, column)) }
    }
    let rows = (0..<table.rowCount).map { row in
      Dictionary(columns.map { ($0.0, $0.1[row]) }, uniquingKeysWith: { first, _ in first })
    }
    guard !rows.isEmpty else {
      throw LoadTestingError(.badSettings, "'\(path)' has a header and no rows", remedy: "add rows")
    }
    return rows
  }

  private static func objects(_ bytes: [UInt8], path: String) throws -> [[String: String]] {
    var rows: [[String: String]] = []
    for node in try lines(bytes, path: path) {
      guard let entries = node.entries else {
        throw LoadTestingError(
          .badSettings, "\(node.location): a row is no object", remedy: "write {\"name\": \"value\"}")
      }
      var row: [String: String] = [:]
      for entry in entries { row[entry.key] = text(entry.value) }
      rows.append(row)
    }
    return rows
  }

  private static func lines(_ bytes: [UInt8], path: String) throws -> [Node] {
    var reader = NDJSONReader(file: path)
    var nodes: [Node] = []
    let take: (UnsafeRawBufferPointer, Int) throws -> Void = { line, _ in
      if line.contains(where: { $0 > 32 }) { nodes.append(try JSON.parse(line, file: path)) }
    }
    try bytes.withUnsafeBytes { try reader.feed($0, take) }
    try reader.finish(take)
    return nodes
  }

  /// A string as it is, anything else as JSON.
  private static func text(_ node: Node) -> String {
    if let string = node.string { return string }
    var json = JSONWriter()
    json.node(node)
    return json.text
  }

  /// A mix of requests from NDJSON: `{"name": "search", "weight": 3, "method": "POST", "path": "/search",
  /// "headers": ["X: y"], "body": {...}}` a line; all but `path` may be left out. A body that is no string is sent as
  /// JSON.
  public static func mix(path: String) throws -> [(name: String, weight: Double, template: RequestTemplate)] {
    let known = ["name", "weight", "method", "path", "headers", "body"]
    var result: [(name: String, weight: Double, template: RequestTemplate)] = []
    for node in try lines(try Input.read(path: path), path: path) {
      func bad(_ problem: String) -> LoadTestingError {
        LoadTestingError(
          .badSettings, "\(node.location): \(problem)",
          remedy: #"write {"name": "search", "weight": 3, "path": "/search"} a line"#)
      }
      guard let entries = node.entries else { throw bad("a request of the mix is no object") }
      if let odd = entries.first(where: { !known.contains($0.key) }) {
        throw bad("'\(odd.key)' is none of \(known.joined(separator: ", "))")
      }
      let weight = node["weight"].map { $0.number ?? -1 } ?? 1
      guard weight > 0, weight.isFinite else { throw bad("the weight is no number above 0") }
      let body = node["body"].map(text) ?? ""
      let headers = (node["headers"]?.elements ?? []).compactMap(\.string)
      let method = node["method"]?.string ?? (body.isEmpty ? "GET" : "POST")
      let path = node["path"]?.string
      result.append(
        (
          node["name"]?.string ?? path ?? "request \(result.count + 1)", weight,
          RequestTemplate(method: method, path: path, headers: headers, body: body)
        ))
    }
    guard !result.isEmpty, result.count <= 1000 else {
      throw LoadTestingError(
        .badSettings, "'\(path)' has \(result.count) requests", remedy: "give 1 to 1,000 of them, one a line")
    }
    return result
  }
}
