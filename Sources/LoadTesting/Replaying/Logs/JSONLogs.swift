import Documents
import Quantities

/// The forms of access logs whose lines are JSON objects.
enum JSONLogs {
  static func request(_ node: Node) -> RecordedRequest? { cloud(node) ?? caddy(node) ?? traefik(node) ?? plain(node) }

  /// Google Cloud's load balancers and Cloud Run: `httpRequest` with `requestMethod` and `requestUrl`; `timestamp` is when
  /// it came.
  static func cloud(_ node: Node) -> RecordedRequest? {
    guard let http = node["httpRequest"], let method = http["requestMethod"]?.string,
      let path = http["requestUrl"]?.string, let time = node["timestamp"].flatMap(time)
    else { return nil }
    return RecordedRequest(time: time, method: method, path: path, status: status(http["status"]))
  }

  /// Caddy: `request` is an object, `ts` the end and `duration` the seconds that it took.
  static func caddy(_ node: Node) -> RecordedRequest? {
    guard let request = node["request"], request.entries != nil, let method = request["method"]?.string,
      let path = request["uri"]?.string, let end = node["ts"].flatMap(time)
    else { return nil }
    return RecordedRequest(
      time: LogText.earlier(end, by: seconds(node["duration"]) ?? 0), method: method, path: path,
      headers: headers(request["headers"]), status: status(node["status"]))
  }

  /// Traefik: `StartUTC` is when it came; `time`, where that is kept out, its end, and `Duration` the nanoseconds between.
  static func traefik(_ node: Node) -> RecordedRequest? {
    guard let method = node["RequestMethod"]?.string, let path = node["RequestPath"]?.string else { return nil }
    let start = (node["StartUTC"] ?? node["StartLocal"]).flatMap(time)
    let took = node["Duration"]?.number.map { $0 / 1e9 } ?? 0
    guard let begin = start ?? node["time"].flatMap(time).map({ LogText.earlier($0, by: took) }) else { return nil }
    return RecordedRequest(
      time: begin, method: method, path: path, status: status(node["DownstreamStatus"] ?? node["OriginStatus"]))
  }

  /// Anybody's: a time, and `method` with `path`, `uri` or `url`, or a `request` line; nginx's and Envoy's names too.
  /// Where nginx's `request_time` stands beside a time that is no start, the line was written at the end.
  static func plain(_ node: Node) -> RecordedRequest? {
    func first(_ names: [String]) -> Node? {
      for name in names { if let found = node[name], !found.isNull { return found } }
      return nil
    }
    let start = first(["start_time", "started", "request_start", "arrival", "arrived_at"]).flatMap(time)
    let end = first(["time", "timestamp", "ts", "@timestamp", "time_iso8601", "msec", "time_local", "date"]).flatMap(
      time)
    let took = seconds(node["request_time"]) ?? 0
    guard let time = start ?? end.map({ LogText.earlier($0, by: took) }) else { return nil }
    var method = first(["method", "request_method", "http_method", "verb"])?.string
    var path = first(["path", "uri", "request_uri", "url", "request_path"])?.string
    if path == nil, let line = node["request"]?.string {
      let words = line.split(separator: " ")
      if words.count >= 2 {
        method = String(words[0])
        path = String(words[1])
      }
    }
    guard let path else { return nil }
    return RecordedRequest(
      time: time, method: (method ?? "GET").uppercased(), path: path, headers: headers(node["headers"]),
      body: body(node["body"]), status: status(first(["status", "response_code", "status_code"])))
  }

  /// ISO 8601, seconds to nanoseconds since 1970 by their size, or nginx's `$time_local`.
  private static func time(_ node: Node) -> Timestamp? {
    if let number = node.number ?? node.string.flatMap({ Double($0) }) { return LogText.epoch(number) }
    guard let text = node.string else { return nil }
    return Timestamp(iso8601: text) ?? LogText.commonTime(text)
  }
  /// `0.012`, or with a unit.
  private static func seconds(_ node: Node?) -> Double? {
    guard let node else { return nil }
    if let number = node.number ?? node.string.flatMap({ Double($0) }) { return number.isFinite ? number : nil }
    return node.string.flatMap { try? Duration.parse($0).seconds }
  }
  private static func status(_ node: Node?) -> Int? { node?.integer ?? node?.string.flatMap { Int($0) } }

  private static func headers(_ node: Node?) -> [String] {
    if let lines = node?.elements { return lines.compactMap(\.string) }
    return (node?.entries ?? []).compactMap { entry in
      let separator = entry.key.lowercased() == "cookie" ? "; " : ", "
      let value = entry.value.elements.map { $0.compactMap(\.text).joined(separator: separator) } ?? entry.value.text
      return value.map { "\(entry.key): \($0)" }
    }
  }

  private static func body(_ node: Node?) -> [UInt8] {
    guard let node, !node.isNull else { return [] }
    if let text = node.string { return Array(text.utf8) }
    var json = JSONWriter()
    json.node(node)
    return json.bytes
  }
}
