import Documents
import Quantities

/// A request of an access log, and when it came.
public struct RecordedRequest: Sendable, Hashable {
  public var time: Timestamp
  public var method: String
  public var path: String
  public var headers: [String]
  public var body: [UInt8]
  /// The status that was given then; nil where the log does not say.
  public var status: Int?

  public init(
    time: Timestamp, method: String, path: String, headers: [String] = [], body: [UInt8] = [], status: Int? = nil
  ) {
    self.time = time
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
    self.status = status
  }
}

/// The requests of an access log: nginx and Apache (common, combined), JSON lines, or a GoReplay file.
public struct RequestRecording: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    case combined, json, goreplay
  }
  /// In the order of their times.
  public var requests: [RecordedRequest]
  public let format: Format
  /// Lines that are no requests, and the first of them.
  public private(set) var skipped = 0
  public private(set) var firstSkipped: Int?

  /// Reads a log whose form is seen from its first line.
  /// - Throws: ``LoadTestingError`` where no line is a request.
  public init(_ bytes: [UInt8], file: String = "the log") throws {
    requests = []
    let first = bytes.first { $0 > 32 }
    if first == UInt8(ascii: "{") {
      format = .json
      readJSON(bytes)
    } else if bytes.count > 2, bytes[1] == 32, (UInt8(ascii: "1")...UInt8(ascii: "3")).contains(bytes[0]) {
      format = .goreplay
      readGoReplay(bytes)
    } else {
      format = .combined
      readCombined(bytes)
    }
    guard !requests.isEmpty else {
      throw LoadTestingError(
        .badSettings, "'\(file)' has no request that could be read as \(format.rawValue)",
        remedy: "give a log of nginx or Apache (combined), JSON lines with time, method and path, or a GoReplay file")
    }
    // Lines are written when requests end: a stable order by time is that of their coming.
    requests = requests.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element)
  }

  private mutating func skip(_ line: Int) {
    skipped += 1
    firstSkipped = firstSkipped ?? line
  }

  private static func lines(_ bytes: [UInt8]) -> [Substring] {
    // By bytes: to Swift a carriage return with its line feed is one character, which is no line feed.
    bytes.split(separator: 10, omittingEmptySubsequences: false)
      .map { Substring(String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)) }
  }

  // MARK: nginx and Apache

  /// `ADDRESS - USER [24/Nov/2026:03:12:01 +0000] "GET /path HTTP/1.1" 200 512 ...`
  private mutating func readCombined(_ bytes: [UInt8]) {
    for (number, line) in Self.lines(bytes).enumerated() where !line.isEmpty {
      guard let request = Self.combined(line) else {
        skip(number + 1)
        continue
      }
      requests.append(request)
    }
    spreadWholeSeconds()
  }

  static func combined(_ line: Substring) -> RecordedRequest? {
    guard let open = line.firstIndex(of: "["), let close = line[open...].firstIndex(of: "]"),
      let time = commonTime(line[line.index(after: open)..<close]),
      let quote = line[close...].firstIndex(of: "\"")
    else { return nil }
    let rest = line[line.index(after: quote)...]
    guard let end = rest.firstIndex(of: "\"") else { return nil }
    let words = rest[..<end].split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/"), words[1].hasPrefix("/"),
      words[0].utf8.allSatisfy({ (65...90).contains($0) })
    else { return nil }
    let status = rest[rest.index(after: end)...].split(separator: " ").first.flatMap { Int($0) }
    return RecordedRequest(time: time, method: String(words[0]), path: String(words[1]), status: status)
  }

  /// `24/Nov/2026:03:12:01 +0000`
  static func commonTime(_ text: Substring) -> Timestamp? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = text.split { $0 == "/" || $0 == ":" || $0 == " " }
    guard parts.count == 7, let day = Int(parts[0]), let month = months.firstIndex(of: String(parts[1])),
      let year = Int(parts[2]), parts[2].count == 4, parts[6].count == 5
    else { return nil }
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let zone = "\(parts[6].prefix(3)):\(parts[6].suffix(2))"
    return Timestamp(iso8601: "\(year)-\(two(month + 1))-\(two(day))T\(parts[3]):\(parts[4]):\(parts[5])\(zone)")
  }

  /// Logs that tell whole seconds: what came in one of them is spread over it evenly, in its order, instead of being
  /// sent at once.
  private mutating func spreadWholeSeconds() {
    let second: Int64 = 1_000_000_000
    guard requests.allSatisfy({ $0.time.nanosecondsSinceEpoch % second == 0 }) else { return }
    var groups: [Int64: [Int]] = [:]
    for (i, request) in requests.enumerated() { groups[request.time.nanosecondsSinceEpoch, default: []].append(i) }
    for (time, places) in groups {
      for (k, place) in places.enumerated() {
        requests[place].time = Timestamp(
          nanosecondsSinceEpoch: time + (Int64(k) * second) / Int64(places.count))
      }
    }
  }

  // MARK: JSON

  /// An object a line: `time` (ISO 8601, or seconds since 1970), `method`, `path` or `uri`, `status`, `body`, `headers`;
  /// nginx's and Envoy's usual names are known too.
  private mutating func readJSON(_ bytes: [UInt8]) {
    for (number, line) in Self.lines(bytes).enumerated() where line.utf8.contains(where: { $0 > 32 }) {
      guard let node = try? JSON.parse(String(line)), let request = Self.object(node) else {
        skip(number + 1)
        continue
      }
      requests.append(request)
    }
    spreadWholeSeconds()
  }

  private static func object(_ node: Node) -> RecordedRequest? {
    func first(_ names: [String]) -> Node? {
      for name in names { if let found = node[name] { return found } }
      return nil
    }
    guard let when = first(["time", "timestamp", "ts", "@timestamp", "time_iso8601", "start_time", "msec"]) else {
      return nil
    }
    let time: Timestamp?
    if let number = when.number ?? when.string.flatMap(Double.init) {
      time =
        number.isFinite && abs(number) < 9e9
        ? Timestamp(nanosecondsSinceEpoch: Int64((number * 1e9).rounded())) : nil
    } else {
      time = when.string.flatMap { Timestamp(iso8601: $0) }
    }
    var method = first(["method", "request_method"])?.string
    var path = first(["path", "uri", "request_uri", "url"])?.string
    if path == nil, let line = node["request"]?.string {
      let words = line.split(separator: " ")
      if words.count >= 2 {
        method = String(words[0])
        path = String(words[1])
      }
    }
    guard let time, let path, path.hasPrefix("/") else { return nil }
    let body: [UInt8]
    switch node["body"] {
    case let text? where text.string != nil: body = Array((text.string ?? "").utf8)
    case let other? where !other.isNull:
      var json = JSONWriter()
      json.node(other)
      body = json.bytes
    default: body = []
    }
    let headers = (node["headers"]?.entries ?? []).compactMap { entry in entry.value.text.map { "\(entry.key): \($0)" }
    }
    let status = first(["status", "response_code"])
    return RecordedRequest(
      time: time, method: method ?? "GET", path: path, headers: headers, body: body,
      status: status?.integer ?? status?.string.flatMap { Int($0) })
  }

  // MARK: GoReplay

  /// Payloads behind a line `1 ID TIME ...` (nanoseconds since 1970), with a line of three monkeys between them. Only
  /// requests (type 1) count.
  private mutating func readGoReplay(_ bytes: [UInt8]) {
    let separator = Array("\n🐵🙈🙉\n".utf8)
    var start = 0
    var number = 0
    while start < bytes.count {
      let end = Self.find(separator, in: bytes, from: start) ?? bytes.count
      number += 1
      if let request = Self.payload(bytes[start..<end]) {
        requests.append(request)
      } else if bytes[start] == UInt8(ascii: "1") {
        skip(number)
      }
      start = end + separator.count
    }
  }

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= needle.count else { return nil }
    var i = start
    while i <= bytes.count - needle.count {
      if bytes[i] == needle[0], bytes[i + 1] == needle[1], bytes[i..<i + needle.count].elementsEqual(needle) {
        return i
      }
      i += 1
    }
    return nil
  }

  static func payload(_ bytes: ArraySlice<UInt8>) -> RecordedRequest? {
    guard let lineEnd = bytes.firstIndex(of: 10) else { return nil }
    let words = String(decoding: bytes[..<lineEnd], as: UTF8.self).split(separator: " ")
    guard words.count >= 3, words[0] == "1", let time = Int64(words[2]) else { return nil }
    let message = bytes[(lineEnd + 1)...]
    var headEnd = message.endIndex
    var bodyStart = message.endIndex
    var i = message.startIndex
    while i + 3 < message.endIndex {
      if message[i] == 13, message[i + 1] == 10, message[i + 2] == 13, message[i + 3] == 10 {
        headEnd = i
        bodyStart = i + 4
        break
      }
      i += 1
    }
    let head = String(decoding: message[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    guard let first = head.first?.split(separator: " "), first.count == 3, first[1].hasPrefix("/") else { return nil }
    // Those that belong to the connection, not to the request, are made anew.
    let ownHeaders: Set<String> = ["host", "connection", "content-length", "transfer-encoding", "keep-alive"]
    let headers = head.dropFirst().map(String.init).filter { line in
      guard let colon = line.firstIndex(of: ":") else { return false }
      return !ownHeaders.contains(line[..<colon].lowercased())
    }
    return RecordedRequest(
      time: Timestamp(nanosecondsSinceEpoch: time), method: String(first[0]), path: String(first[1]),
      headers: headers, body: Array(bytes[bodyStart...]))
  }
}
