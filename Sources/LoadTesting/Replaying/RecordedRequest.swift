import Quantities

/// A request of an access log, and when it came.
public struct RecordedRequest: Sendable, Hashable {
  /// When it came: where a log writes its lines at the end of requests and says how long they took, that much earlier.
  public var time: Timestamp
  public var method: String
  /// With its query, encoded as requests have it.
  public var path: String
  public var headers: [String]
  public var body: [UInt8]
  /// The status that was given then; nil where the log does not say.
  public var status: Int?
  /// The line of the log, from 1; of a GoReplay file, which payload.
  public var line = 0

  /// - Parameters:
  ///   - path: a path, or a whole address, whose host is left out.
  ///   - headers: `Name: value`; those that belong to the connection and not to the request are left out.
  /// - Returns: nil where method or path are none.
  public init?(
    time: Timestamp, method: String, path: String, headers: [String] = [], body: [UInt8] = [], status: Int? = nil
  ) {
    guard !method.isEmpty, method.utf8.allSatisfy({ (65...90).contains($0) }), let path = Self.path(path) else {
      return nil
    }
    self.time = time
    self.method = method
    self.path = path
    self.headers = headers.filter { Self.isRequest($0) }
    self.body = body
    self.status = status
  }

  /// Fields that framed the recorded message or steered its connection (RFC 9112, 6 and 9.1; RFC 9110, 7.6.1 and
  /// 10.1.1): they are made anew. `Host` is the new service's.
  private static let ofConnection: Set<String> = [
    "host", "connection", "content-length", "transfer-encoding", "keep-alive", "te", "trailer", "upgrade", "expect",
    "proxy-connection", "proxy-authorization", "http2-settings",
  ]
  private static func isRequest(_ line: String) -> Bool {
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return false }
    let name = line[..<colon].lowercased()
    return !ofConnection.contains(name) && name.utf8.allSatisfy { $0 > 32 && $0 != 127 }
      && !line.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }
  }

  /// Path and query as a request has them; nil for what is no path.
  static func path(_ text: String) -> String? {
    var rest = text[...]
    for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
      let host = rest.dropFirst(scheme.count)
      rest = host.drop { $0 != "/" && $0 != "?" && $0 != "#" }
      if !rest.hasPrefix("/") { rest = "/" + rest }
    }
    guard rest.hasPrefix("/") || rest == "*" else { return nil }
    let bare = rest.prefix { $0 != "#" }
    guard bare.utf8.contains(where: { $0 <= 32 || $0 >= 127 || $0 == 0x22 || $0 == 0x5C }) else { return String(bare) }
    // What a server wrote in its own way (\x22 for a quote) goes over the wire percent-encoded.
    var store = ByteStore()
    defer { store.end() }
    for byte in LogText.unescaped(Array(bare.utf8)[...]) {
      if byte <= 32 || byte >= 127 || byte == 0x22 || byte == 0x5C {
        store.append("%")
        for digit in [byte >> 4, byte & 15] { store.append(digit < 10 ? 0x30 + digit : 0x41 + digit - 10) }
      } else {
        store.append(byte)
      }
    }
    return String(decoding: store.view, as: UTF8.self)
  }
}
