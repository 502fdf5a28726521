import Documents
import Quantities

/// The requests of an access log, in any of the forms of ``Format``.
public struct RequestRecording: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    /// nginx, Apache and Traefik: common and combined.
    case combined
    /// Application and Classic Load Balancers.
    case alb, elb
    case envoy, haproxy
    /// JSON lines, or one JSON array: one's own, nginx's, Envoy's, Caddy's, Traefik's, Google Cloud's.
    case json
    case goreplay

    /// Reads a line; nil for those that are no lines.
    var line: ((ArraySlice<UInt8>) -> RecordedRequest?)? {
      switch self {
      case .combined: TextLogs.combined
      case .alb: TextLogs.applicationLoadBalancer
      case .elb: TextLogs.classicLoadBalancer
      case .envoy: TextLogs.envoy
      case .haproxy: TextLogs.haproxy
      case .json: { line in (try? JSON.parse(Array(line))).flatMap { JSONLogs.request($0) } }
      case .goreplay: nil
      }
    }
  }
  /// A line that is no request.
  public struct Odd: Sendable, Hashable {
    /// From 1; of a GoReplay file, which payload.
    public var line: Int
    /// Its beginning, without control characters.
    public var text: String
    public init(line: Int, text: String) {
      self.line = line
      self.text = text
    }
  }

  /// In the order of their times.
  public var requests: [RecordedRequest]
  public let format: Format
  /// Lines that are no requests, and the first of them.
  public private(set) var skipped = 0
  public private(set) var odd: Odd?
  public var firstSkipped: Int? { odd?.line }

  /// How many of the first lines say which form a log has.
  private static let sample = 50

  /// Reads a log whose form is seen from its first lines: the one that reads most of them.
  /// - Throws: ``LoadTestingError`` where no line is a request.
  public init(_ bytes: [UInt8], file: String = "the log") throws {
    requests = []
    if GoReplayFile.isOne(bytes) {
      format = .goreplay
      for (i, payload) in GoReplayFile.payloads(bytes).enumerated() {
        if let request = GoReplayFile.request(payload) {
          add(request, i + 1)
        } else if payload.first == UInt8(ascii: "1") {
          skip(payload, i + 1)
        }
      }
    } else if let list = Self.list(bytes) {
      format = .json
      for node in list {
        if let request = JSONLogs.request(node) {
          add(request, node.location.line)
        } else {
          var json = JSONWriter()
          json.node(node)
          skip(json.bytes[...], node.location.line)
        }
      }
      spreadWholeSeconds()
    } else {
      let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map {
        $0.last == 13 ? $0.dropLast() : $0
      }
      format = Self.format(of: lines)
      if let read = format.line {
        for (i, line) in lines.enumerated() where line.contains(where: { $0 > 32 }) {
          if let request = read(line) { add(request, i + 1) } else { skip(line, i + 1) }
        }
      }
      spreadWholeSeconds()
    }
    guard !requests.isEmpty else {
      let first = odd.map { "; its line \($0.line) is '\($0.text)'" } ?? ""
      throw LoadTestingError(
        .badSettings, "'\(file)' has no request that could be read as \(format.rawValue)\(first)",
        remedy:
          "give a log of nginx, Apache or Traefik (combined), ALB, Envoy, HAProxy, Caddy or Google Cloud, JSON lines "
          + "with time, method and path, or a GoReplay file")
    }
    // Lines are written when requests end: a stable order by time is that of their coming.
    requests = requests.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element)
  }

  /// The entries of a log that is one JSON array, as `gcloud logging read --format=json` writes it; nil for others.
  private static func list(_ bytes: [UInt8]) -> [Node]? {
    guard bytes.first(where: { $0 > 32 }) == UInt8(ascii: "[") else { return nil }
    return (try? JSON.parse(bytes))?.elements
  }

  private mutating func add(_ request: RecordedRequest, _ line: Int) {
    requests.append(request)
    requests[requests.count - 1].line = line
  }
  private mutating func skip(_ bytes: ArraySlice<UInt8>, _ line: Int) {
    skipped += 1
    guard odd == nil else { return }
    let text = String(decoding: bytes.prefix(80).map { $0 < 32 || $0 == 127 ? 0x20 : $0 }, as: UTF8.self)
    odd = Odd(line: line, text: bytes.count > 80 ? text + "..." : text)
  }

  private static func format(of lines: [ArraySlice<UInt8>]) -> Format {
    let sample = lines.lazy.filter { $0.contains { $0 > 32 } }.prefix(sample)
    if sample.first?.first(where: { $0 > 32 }) == UInt8(ascii: "{") { return .json }
    var best = (format: Format.combined, count: 0)
    for format in Format.allCases {
      guard let read = format.line else { continue }
      let count = sample.count { read($0) != nil }
      if count > best.count { best = (format, count) }
    }
    return best.format
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
}
